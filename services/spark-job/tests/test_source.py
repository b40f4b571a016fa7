"""A batch without records, by the planner's word alone, through the job's own source: no broker."""

import json

import pytest
from batches import batches_of
from records import at

from spark_job.pipeline import start_query
from spark_job.reading.plan import Plan, encode
from spark_job.settings import JobSettings

TOPIC = "raw"
OFFSETS = {0: 120, 1: 80}
WATERMARKS_MS = [1_010_000, 1_015_000]


class Planned:
    """Says what to read: nothing, while the watermark goes on."""

    def __init__(self) -> None:
        self.left = [encode(Plan(OFFSETS, OFFSETS, {}, it), TOPIC) for it in WATERMARKS_MS]

    def first(self) -> str:
        return encode(Plan(OFFSETS, OFFSETS, {}, 0), TOPIC)

    def next(self, _: str) -> str | None:
        return self.left.pop(0) if self.left else None

    class Java:
        implements = ("marketdata.kafka.Planner",)


@pytest.fixture(scope="module")
def ran(session, tmp_path_factory):
    """The query's folder, its batches, and the plan that the last ran by."""
    folder = tmp_path_factory.mktemp("planned")
    query = start_query(
        session,
        JobSettings(_env_file=None, kafka_bootstrap_servers="localhost:1", kafka_topic=TOPIC),
        folder / "query",
        Planned(),
        lambda *_: None,
    )
    query.processAllAvailable()
    extended = True
    plan = query._jsq.explainInternal(extended)
    batches = batches_of(query)
    query.stop()
    session.conf.unset("spark.sql.streaming.noDataMicroBatches.enabled")
    assert query.exception() is None
    return folder / "query", batches, plan


def test_each_batch_has_the_watermark_that_it_was_planned_with(ran):
    folder, batches, _ = ran
    assert [it["numInputRows"] for it in batches] == [0, 0]
    settings = [(folder / f"offsets/{it['batchId']}").read_text().splitlines()[1] for it in batches]
    assert [json.loads(it)["batchWatermarkMs"] for it in settings] == WATERMARKS_MS
    shown = [it["eventTime"]["watermark"] for it in batches]
    assert shown == [f"{at(ms / 1000):%Y-%m-%dT%H:%M:%S.000Z}" for ms in WATERMARKS_MS]


def test_the_plan_is_kept_in_spark_s_log_of_offsets(ran):
    folder, batches, _ = ran
    for batch, watermark_ms in zip(batches, WATERMARKS_MS, strict=True):
        source = (folder / f"offsets/{batch['batchId']}").read_text().splitlines()[2]
        assert source == encode(Plan(OFFSETS, OFFSETS, {}, watermark_ms), TOPIC)


def test_it_has_one_watermark_as_every_batch_has(ran):
    _, _, plan = ran
    titles = dict(part.partition(" ==")[::2] for part in plan.split("== ")[1:])
    for title in ("Optimized Logical Plan", "Physical Plan"):
        assert titles[title].count("EventTimeWatermark") == 1
