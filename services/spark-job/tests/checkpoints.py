"""What Spark leaves in a checkpoint, to test with."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from spark_job.reading.broker import Topic
from spark_job.reading.note import Note
from spark_job.reading.plan import Plan, encode

PLANNED_S = 2000
QUERY_ID = "9f6c1d1e-0000-4000-8000-000000000001"
NOTE = Note(
    state_layout=1,
    window_length="1 minute",
    window_slide="5 seconds",
    shuffle_partitions=2,
    topic="raw",
    cluster_id="cluster-a",
    topic_id="topic-a",
)


def topic(earliest: dict[int, int], latest: dict[int, int], cluster_id: str = "cluster-a") -> Topic:
    """Give what a broker says of a topic."""
    return Topic(cluster_id=cluster_id, topic_id="topic-a", earliest=earliest, latest=latest)


def spark_ran(
    query: Path,
    *ends: int,
    commits: int,
    first: int = 0,
    watermarks_ms: Sequence[int] = (),
    query_id: str = QUERY_ID,
) -> None:
    """Leave what Spark leaves: batches that read up to `ends`, of which `commits` are done."""
    for folder in ("offsets", "commits", "sources/0"):
        (query / folder).mkdir(parents=True)
    (query / "metadata").write_text(json.dumps({"id": query_id}))
    (query / "sources/0/0").write_text(f'\0v1\n{{"raw":{{"0":{first}}}}}')
    for batch, (begin, end) in enumerate(pairwise([first, *ends])):
        watermark_ms = watermarks_ms[batch] if watermarks_ms else 0
        settings = json.dumps(
            {"batchWatermarkMs": watermark_ms, "batchTimestampMs": PLANNED_S * 1000}
        )
        line = encode(Plan({0: end}, {0: begin}, {}, watermark_ms), "raw")
        (query / f"offsets/{batch}").write_text(f"v1\n{settings}\n{line}")
        (query / f"offsets/.{batch}.crc").write_bytes(b"crc\0")
    for batch in range(commits):
        (query / f"commits/{batch}").write_text('v1\n{"nextBatchWatermarkMs":0}')
