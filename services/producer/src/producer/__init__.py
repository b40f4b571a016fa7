"""The producer: takes one feed and publishes its quotes to Kafka.

``feeds/`` knows nothing of Kafka, :mod:`.publisher` nothing of feeds; :mod:`.app` wires them.
"""
