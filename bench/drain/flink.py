"""Drain a topic with Flink SQL, several times in a process; windows go to JSON lines.

Usage: ``flink.py TOPIC RECORDS DRAINS OUT``. No check but that a record is JSON; opening and
closing prices are left out, which its windowed aggregates do not have by event time.
"""

import sys
from importlib.metadata import version

from pyflink.table import EnvironmentSettings, TableEnvironment
from usage import Drains

QUOTES = """
CREATE TABLE quotes (
  kind STRING, symbol STRING, source STRING, price DOUBLE, volume DOUBLE,
  event_time TIMESTAMP_LTZ(3), WATERMARK FOR event_time AS {watermark}
) WITH (
  'connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = 'kafka:29092',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = '{until}',
  'format' = 'json', 'json.ignore-parse-errors' = 'true',
  'json.timestamp-format.standard' = 'ISO-8601'
)"""

WINDOWS = """
CREATE TABLE windows_{drain} (
  symbol STRING, source STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3),
  avg_price DOUBLE, max_price DOUBLE, min_price DOUBLE, stddev_price DOUBLE, volume DOUBLE,
  event_count BIGINT, max_deviation_pct DOUBLE, vwap DOUBLE
) WITH ({sink}, 'format' = 'json')"""
_FILES = "'connector' = 'filesystem', 'path' = '{out}/{drain}'"

INSERT = """
INSERT INTO windows_{drain}
SELECT symbol, source, window_start, window_end, AVG(price), MAX(price), MIN(price),
  STDDEV_SAMP(price), SUM(volume), COUNT(price), 100 * (MAX(price) - AVG(price)) / AVG(price),
  SUM(price * volume) / SUM(volume)
FROM TABLE(
  HOP(TABLE quotes, DESCRIPTOR(event_time), INTERVAL '5' SECOND, INTERVAL '1' MINUTE))
WHERE kind = 'quote'
GROUP BY symbol, source, window_start, window_end"""

SETTINGS = {
    "parallelism.default": "2",
    "table.local-time-zone": "UTC",
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": "1 s",
    "table.exec.mini-batch.size": "20000",
}


def environment(settings: dict[str, str]) -> TableEnvironment:
    """Make tables of streams, with these settings."""
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for name, value in settings.items():
        tables.get_config().set(name, value)
    return tables


def main() -> None:
    """Drain."""
    topic, records, drains, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    report = Drains(f"Flink SQL {version('apache-flink')}")
    report.begin()
    tables = environment(SETTINGS)
    quotes = QUOTES.format(topic=topic, watermark="event_time", until="latest-offset")
    tables.execute_sql(quotes)
    for drain in range(1, drains + 1):
        if drain > 1:
            report.begin()
        sink = _FILES.format(out=out, drain=drain)
        tables.execute_sql(WINDOWS.format(drain=drain, sink=sink))
        tables.execute_sql(INSERT.format(drain=drain)).wait()
        report.end(records)


if __name__ == "__main__":
    main()
