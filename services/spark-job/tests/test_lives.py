"""Lives of the job: killed anywhere, started under other settings, its checkpoint lost or damaged.

Planner, checkpoint, sink and dataset are the real ones. Of Spark there is what counts here: its log
of batches, and a state that goes with each; of Kafka a topic in memory.
"""

import json
import shutil
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from typing import NamedTuple

import pyarrow as pa
import pytest
from checkpoints import topic
from pyarrow import parquet

from contracts.arrow import SCHEMA
from contracts.dataset import PARTITION_COLUMN
from contracts.location import Location
from contracts.settings import format_duration
from contracts.times import from_us, parse_time, to_us
from spark_job.output import commit_of, send_unsent
from spark_job.reading import batch_size, checkpoint, planner
from spark_job.reading.broker import Since, Topic
from spark_job.reading.note import Note
from spark_job.reading.plan import Plan, decode
from spark_job.reading.planner import Outcome, Planner, Timing
from spark_job.reading.topic_log import Bounds, Tail
from spark_job.settings import JobSettings
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset
from spark_job.writing.sink import AggregateSink

S = 1_000_000
START_US = 1_767_366_240 * S
AHEAD_US = 5 * S
"""So far may an event be ahead of the broker's clock."""
LENGTHS_AND_SLIDES_S = [(10, 5), (20, 5), (12, 4), (10, 10), (60, 5), (7, 7)]

type Window = tuple[str, int, int]
"""Symbol, start and end, in microseconds since 1970."""


class Killed(BaseException):
    """The job is killed here."""


class Nobody:
    """Takes in all that an observer may be told."""

    def __getattr__(self, _: str):
        return lambda *_: None


class Record(NamedTuple):
    """An event of a symbol, a heartbeat (no symbol), or what is refused (no time)."""

    time_us: int | None
    symbol: str | None
    taken_in_ms: int


class MemoryTopic:
    """What `TopicLog` has, and where records begin that were taken in from a moment on."""

    def __init__(self, partitions: int) -> None:
        self.records: dict[int, list[Record]] = {it: [] for it in range(partitions)}

    def topic_id(self) -> str:
        return "topic-a"

    def partitions(self) -> set[int]:
        return set(self.records)

    def bounds(self, partitions: Collection[int]) -> Bounds:
        ends = {it: len(self.records[it]) for it in partitions}
        return Bounds(dict.fromkeys(partitions, 0), ends)

    def tails(self, offsets: dict[int, int], records: int) -> dict[int, Tail]:
        return {it: self._tail(it, end, records) for it, end in offsets.items()}

    def _tail(self, partition: int, end: int, records: int) -> Tail:
        found = self.records[partition][max(0, end - records) : end]
        times = [it.time_us for it in found if it.time_us is not None]
        return Tail(max(times, default=None), found[-1].taken_in_ms if found else None)

    def since(self, there: Topic, moment: datetime) -> dict[int, Since]:
        from_ms = to_us(moment) // 1000
        return {
            it: Since(sum(record.taken_in_ms < from_ms for record in self.records[it][:end]))
            for it, end in there.latest.items()
        }

    def events(self, plan: Plan) -> list[tuple[int, Record]]:
        """The events that a batch reads, each with its partition."""
        return [
            (partition, record)
            for partition, end in plan.offsets.items()
            for record in self.records[partition][plan.begins[partition] : end]
            if record.time_us is not None
        ]


def windows(event: Record, length_us: int, slide_us: int) -> list[Window]:
    """The windows that an event lies in."""
    last_us = event.time_us // slide_us * slide_us
    starts = range(last_us, event.time_us - length_us, -slide_us)
    return [(event.symbol, start_us, start_us + length_us) for start_us in starts]


class World:
    """A topic that grows, and one job after the other."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = Random(seed)
        self.folder = folder
        self.topic = MemoryTopic(self.chance.choice([1, 2, 3]))
        self.now_us = START_US
        self.newest_us: dict[int, int] = {}
        self.kills = 0.0
        self.sent: dict[Window, int] = {}
        self.states: dict[tuple[str, int], Counter[Window]] = {}
        self.spans: list[tuple[int, int, int]] = []  # of each job: length, slide, what is written
        self.settings = self._other_settings()

    def _other_settings(self) -> JobSettings:
        length_s, slide_s = self.chance.choice(LENGTHS_AND_SLIDES_S)
        return JobSettings(
            _env_file=None,
            window_length=f"{length_s} seconds",
            window_slide=f"{slide_s} seconds",
            watermark_delay=f"{self.chance.choice([0, 3])} seconds",
            trigger_interval=f"{self.chance.choice([1, 20])} seconds",
            state_partitions=self.chance.choice([1, 2]),
            aggregates_uri=str(self.folder / "aggregates"),
        )

    def grow(self) -> None:
        """Let records come, in each partition in order of their times."""
        self.now_us += self.chance.choice([0, S, 3 * S, 12 * S, 100 * S])
        newest_us = max(self.newest_us.values(), default=self.now_us)
        for partition, records in self.topic.records.items():
            for _ in range(self.chance.choice([0, 1, 3, 10])):
                time_us = self.newest_us.get(partition, newest_us)
                time_us += self.chance.choice([0, 1, S, 4 * S, 30 * S])
                time_us = self.newest_us[partition] = min(time_us, self.now_us + AHEAD_US)
                symbol = self.chance.choice([None, "IBM", "AAPL", f"OF.{partition}"])
                refused = self.chance.random() < 0.1
                record = (None, None) if refused else (time_us, symbol)
                records.append(Record(*record, self.now_us // 1000))

    def end(self) -> None:
        """Let every partition have a heartbeat that is later than all windows of before."""
        self.now_us += 200 * S
        for partition, records in self.topic.records.items():
            self.newest_us[partition] = self.now_us
            records.append(Record(self.now_us, None, self.now_us // 1000))

    def change(self) -> None:
        """Between two jobs: other settings, a partition more, no checkpoint, or a damaged one."""
        self.now_us += S
        note = self.folder / "checkpoints/aggregates/note.json"
        match self.chance.randrange(10):
            case 0 | 1 | 2:
                self.settings = self._other_settings()
            case 3 if len(self.topic.records) < 4:
                self.topic.records[len(self.topic.records)] = []
            case 4 if note.exists():
                shutil.rmtree(note.parent)
            case 5 if note.exists():
                note.write_bytes(b"{")

    def may_die(self, chance: float) -> None:
        if self.chance.random() < chance * self.kills:
            raise Killed

    def send(self, rows: pa.Table) -> None:
        for row in rows.to_pylist():
            self.may_die(0.01)
            self.sent[window_of(row)] = row["event_count"]
        self.may_die(0.05)


class DyingFolder(Folder):
    """A folder before and after whose writes the job may be killed."""

    def __init__(self, world: World) -> None:
        super().__init__(world.folder / "aggregates")
        self._world = world

    def put(self, name: str, content: pa.Buffer) -> None:
        self._world.may_die(0.03)
        super().put(name, content)
        self._world.may_die(0.03)


class Job:
    """One run of the job, from its start on."""

    def __init__(self, world: World) -> None:
        self.world, self.settings = world, world.settings
        self.dataset = ParquetDataset(DyingFolder(world))
        note, self.query = self._start()
        until = parse_time(note.final_until) if note.final_until else None
        self.length_us, self.slide_us = (
            span // timedelta(microseconds=1)
            for span in (self.settings.window_length, self.settings.window_slide)
        )
        world.spans.append((self.length_us, self.slide_us, to_us(until) if until else 0))
        commit = partial(commit_of, self.query, note.origin)
        sent_until = self.dataset.final_until(note.origin)
        self.sink = AggregateSink(
            self.dataset, commit, lambda *_: None, until, world.send, sent_until=sent_until
        )
        self.planner = Planner(
            self.settings.kafka_topic,
            world.topic,
            note.begins,
            Timing(
                self.settings.window_length, self.settings.window_slide,
                self.settings.watermark_delay, self.settings.trigger_interval, 1 << 40,
            ),
            Nobody(),
            topic_id="topic-a",
            clock=lambda: world.now_us / S,
        )  # fmt: skip
        self._resume()

    def _start(self) -> tuple[Note, Path]:
        """Find out from where on to read, and send what may not be sent."""
        settings, records = self.settings, self.world.topic.records
        note = Note(
            state_layout=1,
            window_length=format_duration(settings.window_length),
            window_slide=format_duration(settings.window_slide),
            shuffle_partitions=settings.state_partitions,
            topic=settings.kafka_topic,
            cluster_id="cluster-a",
            topic_id="topic-a",
            max_future_skew=f"{AHEAD_US // S} seconds",
        )
        there = topic(dict.fromkeys(records, 0), {it: len(log) for it, log in records.items()})
        start = checkpoint.prepare(
            self.world.folder / "checkpoints", note, there, from_us(self.world.now_us),
            dataset=self.dataset, find=self.world.topic.since,
        )  # fmt: skip
        send_unsent(start, settings, self.dataset, self.world.send, Event())
        return start.note, start.query

    def _resume(self) -> None:
        """Go on where the log of offsets ends, as Spark does: with what was begun."""
        for folder in ("offsets", "commits"):
            (self.query / folder).mkdir(parents=True, exist_ok=True)
        metadata = self.query / "metadata"
        if not metadata.exists():
            metadata.write_text(json.dumps({"id": f"{self.world.chance.getrandbits(64):016x}"}))
        self.id = json.loads(metadata.read_text())["id"]
        begun, done = (
            sorted(int(it.name) for it in (self.query / folder).iterdir())
            for folder in ("offsets", "commits")
        )
        self.last = done[-1] if done else -1
        self.before = self._planned(self.last) if done else self.planner.first()
        if begun and begun[-1] > self.last:
            self._run(self._planned(begun[-1]))

    def _planned(self, batch: int) -> str:
        return (self.query / f"offsets/{batch}").read_text().splitlines()[-1]

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            if (planned := self.planner.next(self.before)) is not None:
                self.world.may_die(0.02)
                watermark_ms = self._decoded(planned).watermark_ms
                settings = json.dumps({"batchWatermarkMs": watermark_ms})
                log = self.query / f"offsets/{self.last + 1}"
                log.write_text(f"v1\n{settings}\n{planned}")
                self._run(planned)
            self.world.now_us += S // 20

    def _decoded(self, planned: str) -> Plan:
        return decode(planned, self.settings.kafka_topic)

    def _run(self, planned: str) -> None:
        """Do a batch: what it reads joins the windows that were open before it."""
        self.world.may_die(0.05)
        before, plan = self._decoded(self.before), self._decoded(planned)
        batch = self.last + 1
        open_ = self.world.states.get((self.id, self.last), Counter()).copy()
        marks: dict[int, int] = {}
        for partition, event in self.world.topic.events(plan):
            marks[partition] = max(event.time_us, marks.get(partition, 0))
            if event.symbol:
                found = windows(event, self.length_us, self.slide_us)
                assert min(end_us for *_, end_us in found) > before.watermark_ms * 1000  # not late
                open_.update(found)
        over = {it: open_.pop(it) for it in [*open_] if it[2] <= plan.watermark_ms * 1000}
        self.sink(rows(over), batch)
        self.world.may_die(0.05)
        self.world.states[self.id, batch] = open_
        (self.query / f"commits/{batch}").write_text('v1\n{"nextBatchWatermarkMs":0}')
        symbols = len({symbol for symbol, *_ in open_})
        self.planner.ran(self.before, planned, Outcome(len(over), 0, symbols, marks, 0.5))
        self.last, self.before = batch, planned


def rows(counts: dict[Window, int]) -> pa.Table:
    """Make rows of windows, with their dates."""
    found = pa.Table.from_pylist(
        [
            dict.fromkeys(SCHEMA.names, 1.0)
            | {"symbol": symbol, "source": "synthetic", "window_start": from_us(start_us)}
            | {"window_end": from_us(end_us), "event_count": count}
            for (symbol, start_us, end_us), count in counts.items()
        ],
        SCHEMA,
    )
    dates = found["window_start"].cast(pa.date32()).cast(pa.string())
    return found.append_column(PARTITION_COLUMN, dates)


def window_of(row: dict) -> Window:
    return row["symbol"], to_us(row["window_start"]), to_us(row["window_end"])


def stored(location: Location) -> list[tuple[Window, int]]:
    """Read all windows back, those that are there twice too."""
    files = Path(location.key).rglob("*.parquet")
    tables = [parquet.read_table(file, partitioning=None) for file in files]
    return [(window_of(it), it["event_count"]) for table in tables for it in table.to_pylist()]


def expected(world: World) -> dict[Window, int]:
    """Of each job's windows those that end after what was written when it started."""
    counts: Counter[Window] = Counter()
    until_us = [*(written_us for *_, written_us in world.spans[1:]), world.now_us]
    for (length_us, slide_us, written_us), last_us in zip(world.spans, until_us, strict=True):
        for log in world.topic.records.values():
            for event in log:
                if event.time_us is None or not event.symbol:
                    continue
                found = windows(event, length_us, slide_us)
                counts.update(it for it in found if written_us < it[2] <= last_us)
    return counts


def assert_all_is_right_at_the_end(world):
    """Assert that a job that runs to the end leaves each window once, right, and sent."""
    job = Job(world)
    for _ in range(3):
        world.end()
        job.run(40)
    found = stored(world.settings.location)
    assert len(dict(found)) == len(found)
    assert dict(found) == expected(world)
    assert dict(found).items() <= world.sent.items()


@pytest.mark.parametrize("seed", range(12))
def test_over_many_lives_each_window_is_there_once_with_all_its_events_and_sent(
    tmp_path, monkeypatch, seed
):
    world = World(tmp_path, seed)
    monkeypatch.setattr(planner, "_LISTENER_S", 0.0)
    monkeypatch.setattr(batch_size, "_MOST_WINDOWS", world.chance.choice([60, 600, 600_000]))
    world.kills = 1.0
    for _ in range(world.chance.randrange(5, 20)):
        try:
            job = Job(world)
            for _ in range(world.chance.randrange(20)):
                world.grow()
                job.run(0.1)
        except Killed:
            pass
        world.change()
    world.kills = 0.0
    assert_all_is_right_at_the_end(world)


@pytest.mark.parametrize("seed", range(6))
def test_from_an_old_copy_of_the_checkpoint_each_window_is_there_once_with_all_its_events(
    tmp_path, monkeypatch, seed
):
    world = World(tmp_path, seed)
    monkeypatch.setattr(planner, "_LISTENER_S", 0.0)
    checkpoints, copy = tmp_path / "checkpoints", tmp_path / "copy"
    job = Job(world)
    for step in range(20):
        if step == 10:
            shutil.copytree(checkpoints, copy)
        world.grow()
        job.run(0.1)
    shutil.rmtree(checkpoints)
    copy.rename(checkpoints)
    assert_all_is_right_at_the_end(world)
