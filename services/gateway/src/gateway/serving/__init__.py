"""The HTTP side: REST, stream, documentation, health and metrics."""
