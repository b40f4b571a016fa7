"""The topics.

========================  ==========  =======================  ==============================
topic                     written by  read by                  key
========================  ==========  =======================  ==============================
``raw_api_events``        producer    spark-job,               the symbol in UTF-8; null on a
                                      debug-consumer           heartbeat
``raw_api_events.dlq``    spark-job   debug-consumer           null
``market_alerts``         gateway     whoever wants alerts     the symbol in UTF-8, or null
========================  ==========  =======================  ==============================

All are made by the stack (one-shot ``topic-init`` in ``compose.yaml``) with
``message.timestamp.type=LogAppendTime`` and seven days' retention, one day for the alerts.
"""

RAW_EVENTS = "raw_api_events"
DEAD_LETTER_SUFFIX = ".dlq"
MARKET_ALERTS = "market_alerts"


def dead_letter_topic(topic: str) -> str:
    """Name the topic for what is refused from `topic`."""
    return topic + DEAD_LETTER_SUFFIX
