"""The whole query but for Kafka: records come from files, a batch each time the test adds some."""

import random
import re
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import pytest
from batches import batches_of
from pyarrow import parquet
from records import FileOfDeadLetters, at, heartbeat, quote

from contracts.dataset import FINAL_UNTIL
from contracts.refusals import Reason
from contracts.status import JobDetails, StatusWriter, read_job
from spark_job.monitoring.liveness import Liveness
from spark_job.monitoring.progress import late_window_updates
from spark_job.monitoring.report import Listener, Report
from spark_job.output import commit_of
from spark_job.pipeline import aggregates
from spark_job.reading.blocks import BLOCK, pack
from spark_job.session import ARROW_ROWS
from spark_job.settings import JobSettings
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset
from spark_job.writing.sink import AggregateSink


class Stream:
    """A topic made of files, and the query over it."""

    final_until = None
    counted_until = None

    def __init__(self, session, folder: Path, **settings) -> None:
        self.session = session
        self.folder = folder
        self.topic = folder / "topic"
        self.topic.mkdir(exist_ok=True)
        self.refused = FileOfDeadLetters(folder / "refused.jsonl")
        self.settings = JobSettings(_env_file=None, **settings)
        self.query = None
        self.offset = 0

    def start(self, written=lambda *_: None) -> "Stream":
        checkpoint = self.folder / "query"
        dataset = ParquetDataset(Folder(self.folder / "aggregates"))
        commit = partial(commit_of, checkpoint, "raw topic-a")
        sink = AggregateSink(dataset, commit, written, self.final_until)
        blocks = self.session.readStream.schema(BLOCK).parquet(str(self.topic))
        writer = aggregates(
            blocks,
            self.settings,
            self.refused,
            sink,
            watermark_delay=self.settings.watermark_delay,
            counted_until=self.counted_until,
        )
        self.query = writer.option("checkpointLocation", str(checkpoint)).start()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_) -> None:
        self.query.stop()

    def take(self, *values: bytes | None) -> None:
        """Put records into the topic, and wait for what comes of them."""
        block = pack(0, self.offset, 10_000_000, values, self.watermark_ms())
        self.offset += len(values)
        name = f"{self.offset}.parquet"
        parquet.write_table(block, self.folder / name)
        (self.folder / name).rename(self.topic / name)  # Spark takes an empty file as whole
        self.query.processAllAvailable()

    def watermark_ms(self) -> int:
        progress = self.query.lastProgress
        text = progress["eventTime"].get("watermark") if progress else None
        return round(datetime.fromisoformat(text).timestamp() * 1000) if text else 0

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted((self.folder / "aggregates").rglob("*.parquet"))
        }

    def ends(self) -> list[int]:
        """The windows that were written, by the second they end at."""
        if not self.files():
            return []
        table = parquet.read_table(self.folder / "aggregates")
        return sorted(int(end.timestamp()) for end in table["window_end"].to_pylist())


def test_a_heartbeat_alone_closes_a_window(session, tmp_path):
    with Stream(session, tmp_path) as stream:
        stream.take(quote(1001))
        assert stream.ends() == []
        stream.take(heartbeat(1009.999999))
        assert stream.ends() == [1005]
        stream.take(heartbeat(1010))
        assert stream.ends() == [1005, 1010]


def test_a_window_is_written_once_however_the_watermark_goes_on(session, tmp_path):
    with Stream(session, tmp_path, watermark_delay="5 seconds") as stream:
        stream.take(quote(1000), quote(1004))
        stream.take(heartbeat(1009))
        assert stream.ends() == []
        stream.take(quote(1000.5), heartbeat(1070))
        assert stream.ends() == list(range(1005, 1061, 5))
    rows = parquet.read_table(tmp_path / "aggregates").to_pylist()
    assert next(row["event_count"] for row in rows if row["window_end"] == at(1005)) == 3


def test_what_comes_after_its_windows_is_counted_as_late(session, tmp_path):
    with Stream(session, tmp_path) as stream:
        stream.take(quote(1000), heartbeat(1010))
        stream.take(quote(1001))
        late = sum(late_window_updates(progress) for progress in stream.query.recentProgress)
    assert late == 2  # those that end at 1005 and 1010


def test_blocks_stay_one_to_a_batch_once_windows_were_collected(session, tmp_path):
    with Stream(session, tmp_path) as stream:
        stream.take(quote(1000, "MSFT"), quote(1000, "AAPL"), heartbeat(1010))
        assert stream.ends() == [1005, 1005, 1010, 1010]
    assert session.conf.get(ARROW_ROWS) == "1"


@pytest.mark.parametrize("seed", [1, 2])
def test_windows_are_those_of_the_quotes_that_came_in_time(session, tmp_path, seed):
    chance = random.Random(seed)
    came: list[tuple[str, float]] = []
    late = 0
    watermark, clock = 0.0, 1000.0
    expected: Counter[tuple[str, int]] = Counter()
    stream = Stream(session, tmp_path, watermark_delay="3 seconds")
    for batch in range(14):
        if batch in (0, 7):  # the second time it goes on from the disk
            if batch:
                stream.query.stop()
            stream.start()
        clock += chance.choice([1, 4, 40, 200])
        times = [round(clock - chance.expovariate(1 / 8), 3) for _ in range(12)]
        quotes = [(chance.choice(["IBM", "AAPL", "TSLA"]), max(940.0, it)) for it in times]
        for symbol, time in quotes:
            ends = [int(time // 5) * 5 + 5 * it for it in range(1, 13)]
            expected.update((symbol, end) for end in ends if end > watermark)
            late += sum(end <= watermark for end in ends)
        came += quotes
        stream.take(*(quote(time, symbol) for symbol, time in quotes))
        watermark = max(watermark, max(time for _, time in came) - 3)
    stream.take(heartbeat(5000))
    stream.query.stop()
    rows = parquet.read_table(tmp_path / "aggregates").to_pylist()
    found = [
        ((row["symbol"], round(row["window_end"].timestamp())), row["event_count"]) for row in rows
    ]
    assert dict(found) == expected
    assert len(found) == len(expected)
    assert late > 0


def test_a_clock_that_is_ahead_is_refused_and_makes_nothing_late(session, tmp_path):
    with Stream(session, tmp_path) as stream:
        stream.take(quote(1000), quote(10_061))  # Kafka's clock says 10,000
        stream.take(quote(1001), heartbeat(1005))
        assert stream.ends() == [1005]
    assert [record.reason for record in stream.refused.read()] == [Reason.IN_FUTURE]
    assert parquet.read_table(tmp_path / "aggregates")["event_count"].to_pylist() == [2]


BATCHES_WITHOUT_RECORDS = "spark.sql.streaming.noDataMicroBatches.enabled"
BATCHES = {
    "full": [quote(1000)],
    "without quotes": [heartbeat(1001)],
    "without events": [b"{", None],
    "without records": [quote(1000), heartbeat(1070)],  # it comes after these, to write windows
}


@pytest.fixture(scope="module", params=BATCHES)
def plans(request, session, tmp_path_factory) -> dict[str, list[str]]:
    """The plans that a batch ran by, top first, by their titles."""
    without_records = request.param == "without records"
    session.conf.set(BATCHES_WITHOUT_RECORDS, without_records)
    with Stream(session, tmp_path_factory.mktemp("plans")) as stream:
        stream.take(*BATCHES[request.param])
        extended = True
        text = stream.query._jsq.explainInternal(extended)
        assert batches_of(stream.query)[-1]["numInputRows"] == (0 if without_records else 1)
    session.conf.unset(BATCHES_WITHOUT_RECORDS)
    titles = text.split("== ")[1:]
    return {title.partition(" ==")[0]: title.splitlines()[1:] for title in titles}


def test_every_batch_has_one_watermark(plans):
    for title in ("Optimized Logical Plan", "Physical Plan"):
        assert sum("EventTimeWatermark" in line for line in plans[title]) == 1


def test_the_watermark_is_kept_below_the_filter_that_drops_heartbeats(plans):
    lines = plans["Optimized Logical Plan"]
    (watermark,) = [n for n, line in enumerate(lines) if "EventTimeWatermark" in line]
    filters = [(n, line) for n, line in enumerate(lines) if "Filter" in line]
    assert [line for n, line in filters if n < watermark and "symbol" in line]
    assert not [line for n, line in filters if n > watermark]


def test_windows_come_out_of_one_operator_with_a_state(plans):
    lines = plans["Physical Plan"]
    assert sum("FlatMapGroupsWithState" in line for line in lines) == 1
    assert not [line for line in lines if "StateStore" in line or "Window" in line]


def test_a_batch_that_is_done_again_gives_the_same_files(session, tmp_path):
    with Stream(session, tmp_path) as stream:
        stream.take(quote(1000), b"{", quote(1003, price=101.0))
        stream.take(heartbeat(1010))
        before = stream.files()
    last = max(int(path.name) for path in (tmp_path / "query/commits").glob("[0-9]*"))
    for path in (tmp_path / "query/commits").glob(f"*{last}*"):
        path.unlink()  # as if killed before the file was whole
    (path,) = [path for path in before if path.endswith(f"{last:010d}.parquet")]
    (tmp_path / path).write_bytes(b"")
    (tmp_path / "aggregates" / FINAL_UNTIL).unlink()
    with stream:
        stream.query.processAllAvailable()
        assert stream.files() == before
        stream.take(heartbeat(1015))
    assert stream.ends() == [1005, 1010, 1015]


def test_a_query_that_reads_again_what_another_has_read_writes_and_refuses_only_the_rest(
    session, tmp_path
):
    with Stream(session, tmp_path) as stream:
        stream.take(quote(1000), b"{", quote(1003), heartbeat(1010))
    before = stream.files()
    (tmp_path / "query").rename(tmp_path / "old")
    stream.final_until, stream.counted_until = at(1010), {0: 4}
    stream.settings = JobSettings(_env_file=None, window_length="20 seconds")
    with stream:
        stream.take(b"[", heartbeat(1015))
    assert before.items() < stream.files().items()
    assert stream.ends() == [1005, 1010, 1015]
    assert [record.offset for record in stream.refused.read()] == [1, 4]
    rows = parquet.read_table(tmp_path / "aggregates").to_pylist()
    (longer,) = [row for row in rows if row["window_end"] == at(1015)]
    assert longer["window_start"] == at(995)
    assert longer["event_count"] == 2


def test_the_status_file_tells_what_the_query_does(session, tmp_path):
    writer = StatusWriter(tmp_path, "spark-job", lambda: at(5))
    details = JobDetails(
        spark_version="3.5.3", topic="raw", window_length="", window_slide="", watermark_delay="",
        trigger_interval="",
    )  # fmt: skip
    report = Report(writer, details, Liveness(tmp_path / "alive"), timedelta(seconds=2))
    listener = Listener(report.batch)
    session.streams.addListener(listener)
    try:
        stream = Stream(session, tmp_path).start(report.written)
        stream.take(quote(1000), b"{", b"{", None, heartbeat(1010))
        stream.take(quote(1001))
        stream.query.stop()
    finally:
        session.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
        session.streams.removeListener(listener)
    status = read_job((tmp_path / "spark-job.json").read_bytes())
    assert status.state == "running"
    assert status.details.query_id == str(stream.query.id)
    assert status.details.refused == {Reason.NOT_JSON: 2, Reason.TOMBSTONE: 1}
    assert [sample.offset for sample in status.details.refused_samples] == [1, 2, 3]
    assert status.details.watermark == "1970-01-01T00:16:50.000000Z"
    assert status.details.late_window_updates == 2
    assert (status.details.rows_written, status.details.files_written) == (2, 1)
    assert status.details.state_rows > 0
    assert status.details.batch_ms["triggerExecution"] > 0
    assert (tmp_path / "alive").exists()


def test_spark_s_own_endpoint_tells_prometheus_of_the_query(session, tmp_path):
    with Stream(session, tmp_path) as stream:
        stream.take(quote(1), heartbeat(70))
        with urlopen(f"{session.sparkContext.uiWebUrl}/metrics/prometheus/") as answer:
            text = answer.read().decode()
    assert re.search(
        r"^metrics_spark_job_driver_spark_streaming_\S+_inputRate_total", text, re.MULTILINE
    )
    assert re.search(
        r"^metrics_spark_job_driver_spark_streaming_\S+_states_rowsTotal", text, re.MULTILINE
    )
