"""Follow a topic with Flink SQL until it is stopped; windows go to a topic that is there.

Usage: ``flink_follow.py TOPIC WINDOWS``. A window can be read once it is committed, with a
checkpoint every second.
"""

import sys

from flink import INSERT, QUOTES, SETTINGS, WINDOWS, environment

_CHECKPOINTS = {"execution.checkpointing.interval": "1 s"}  # exactly once, by default
# Several quotes may be of one time: a time has come when there is a later one.
_WATERMARK = "event_time - INTERVAL '0.001' SECOND"
_TOPIC = """
'connector' = 'kafka', 'topic' = '{windows}', 'properties.bootstrap.servers' = 'kafka:29092',
'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'follow',
'properties.transaction.timeout.ms' = '60000'"""


def main() -> None:
    """Follow."""
    topic, windows = sys.argv[1:]
    tables = environment(SETTINGS | _CHECKPOINTS)
    quotes = QUOTES.format(topic=topic, watermark=_WATERMARK, until="unbounded")
    tables.execute_sql(quotes)
    sink = _TOPIC.format(windows=windows)
    tables.execute_sql(WINDOWS.format(drain="live", sink=sink))
    tables.execute_sql(INSERT.format(drain="live")).wait()


if __name__ == "__main__":
    main()
