"""The topics.

========================  ==========  =======================  ==============================
topic                     written by  read by                  key
========================  ==========  =======================  ==============================
``raw_api_events``        producer    spark-job, gateway,      the symbol in UTF-8; null on a
                                      debug-consumer           heartbeat
``raw_api_events.dlq``    spark-job   debug-consumer           null
``market_windows``        spark-job   gateway,                 the symbol in UTF-8
                                      debug-consumer
``market_alerts``         gateway     debug-consumer           the symbol in UTF-8; null where
                                                               an alert is of none
========================  ==========  =======================  ==============================

All are made by the stack (one-shot ``topic-init`` in ``compose.yaml``) with
``message.timestamp.type=LogAppendTime``: the first two with seven days' retention, the others with
one day's and `MARKET_RECORD_BYTES`.
"""

RAW_EVENTS = "raw_api_events"
RAW_EVENTS_PATTERN = r"^[A-Za-z0-9._-]{1,245}$"
"""What `KAFKA_TOPIC` may be: Kafka's 249 characters, with room for `DEAD_LETTER_SUFFIX`."""
DEAD_LETTER_SUFFIX = ".dlq"
MARKET_WINDOWS = "market_windows"
MARKET_ALERTS = "market_alerts"

MARKET_RECORD_BYTES = 64 * 1024
"""The most that a record of `MARKET_WINDOWS` and `MARKET_ALERTS` may have, and also the most that a
producer may send of them at once in one partition: Kafka's ``max.message.bytes`` is of a batch."""


def dead_letter_topic(topic: str) -> str:
    """Name the topic for what is refused from `topic`."""
    return topic + DEAD_LETTER_SUFFIX
