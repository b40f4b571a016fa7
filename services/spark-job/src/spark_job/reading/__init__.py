"""Where records come from, and where reading begins: the topic, the broker, the checkpoint."""
