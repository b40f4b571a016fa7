"""Where records come from, and from where on: the topic, the broker, the checkpoint."""
