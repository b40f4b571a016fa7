"""Makes the topics, since the brokers make none by themselves."""
