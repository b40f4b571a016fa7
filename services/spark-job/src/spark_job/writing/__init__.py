"""Aggregates to files."""
