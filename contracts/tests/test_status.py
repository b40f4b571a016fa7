"""The status files: what is written is what the schema says, and can be read back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemas import schema, validator

from contracts.refusals import Reason
from contracts.status import (
    Budget,
    CatchingUp,
    FollowedTopic,
    GatewayDetails,
    GatewayState,
    HeldBack,
    JobDetails,
    JobState,
    PartitionLag,
    ProducerDetails,
    ProducerState,
    RefusedSample,
    Status,
    StatusWriter,
    SymbolStatus,
    read_gateway,
    read_job,
    read_producer,
    read_producer_summary,
    report_failure,
    status_files,
    waits,
)
from contracts.times import format_time

STATUS = validator("status")
BEGIN = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def written(path: Path) -> Any:
    return json.loads(path.read_bytes())


def producer_details() -> ProducerDetails:
    return ProducerDetails(feed="synthetic", run_id="a1", topic="raw_api_events")


def test_only_what_a_service_wrote_whole_is_a_status_file(tmp_path: Path) -> None:
    for name in ("spark-job.json", "producer.json", "_notes.json", ".producer.json.tmp", "a.txt"):
        (tmp_path / name).touch()
    assert [it.name for it in status_files(tmp_path)] == ["producer.json", "spark-job.json"]
    assert status_files(tmp_path / "none") == []


def test_the_file_is_named_after_its_service_and_stands_alone(tmp_path: Path) -> None:
    StatusWriter(tmp_path, "producer.2", Clock()).write("live", producer_details())
    assert [path.name for path in tmp_path.iterdir()] == ["producer.2.json"]


def test_what_is_written(tmp_path: Path) -> None:
    StatusWriter(tmp_path, "producer", Clock()).write("live", producer_details(), "what went wrong")
    assert written(tmp_path / "producer.json") == {
        "schema_version": 1,
        "service": "producer",
        "state": "live",
        "since": "2026-01-02T15:04:06.000000Z",
        "updated_at": "2026-01-02T15:04:06.000000Z",
        "last_error": "what went wrong",
        "details": {
            "feed": "synthetic",
            "run_id": "a1",
            "topic": "raw_api_events",
            "published": 0,
            "heartbeats": 0,
            "pending": 0,
            "broker_connected": False,
            "symbols": {},
            "outcomes": {},
            "reconnects": 0,
            "gaps": 0,
            "dropped_quotes": 0,
            "next_quote_at": None,
            "budget": None,
            "fallback": None,
            "key_rejected": False,
            "off_hours": False,
        },
    }


def test_since_moves_with_the_state_only(tmp_path: Path) -> None:
    writer = StatusWriter[ProducerDetails](tmp_path, "producer", Clock())
    times = []
    for state, error in [("live", None), ("live", "x"), ("failed", "x"), ("live", None)]:
        writer.write(state, producer_details(), error)
        file = written(tmp_path / "producer.json")
        times.append((file["since"][17:19], file["updated_at"][17:19]))
    assert times == [("06", "06"), ("06", "07"), ("08", "08"), ("09", "09")]


def test_a_reader_sees_a_whole_file_at_any_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = StatusWriter[ProducerDetails](tmp_path, "producer", Clock())
    writer.write("live", producer_details())
    seen = []
    replace = Path.replace

    def look(self: Path, target: Path) -> Path:
        seen.append(read_producer((tmp_path / "producer.json").read_bytes()).state)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look)
    writer.write("failed", producer_details())
    assert seen == ["live"]
    assert read_producer((tmp_path / "producer.json").read_bytes()).state == "failed"


def test_a_folder_that_cannot_be_written_is_the_callers(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="producer"):
        StatusWriter(tmp_path / "gone", "producer", Clock()).write("live", producer_details())


TIMES = st.integers(0, 4 * 10**15).map(
    lambda us: format_time(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
)
COUNTS = st.integers(0, 2**53)
TEXTS = st.text(max_size=10)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
AMOUNTS = st.floats(0, allow_nan=False, allow_infinity=False)
MAYBE: Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]] = lambda some: st.none() | some  # noqa: E731
SYMBOLS = st.builds(
    SymbolStatus, price=MAYBE(NUMBERS), source=MAYBE(TEXTS), event_time=MAYBE(TIMES),
    ingest_time=MAYBE(TIMES), as_of=MAYBE(TEXTS), count=COUNTS, silent=st.booleans(),
    dropped=MAYBE(TEXTS),
)  # fmt: skip
BUDGETS = st.builds(
    Budget, daily_calls=COUNTS, used=COUNTS, remaining=COUNTS, next_call_at=MAYBE(TIMES)
)
PRODUCERS = st.builds(
    ProducerDetails, feed=TEXTS, run_id=TEXTS, topic=TEXTS, published=COUNTS, heartbeats=COUNTS,
    pending=COUNTS, broker_connected=st.booleans(), fallback=MAYBE(TEXTS), budget=MAYBE(BUDGETS),
    symbols=st.dictionaries(TEXTS, SYMBOLS, max_size=3),
    outcomes=st.dictionaries(TEXTS, COUNTS, max_size=3),
    reconnects=COUNTS, gaps=COUNTS, dropped_quotes=COUNTS, next_quote_at=MAYBE(TIMES),
)  # fmt: skip
LAGS = st.builds(
    PartitionLag,
    partition=COUNTS,
    processed=COUNTS,
    latest=COUNTS,
    lag=COUNTS,
    lag_s=MAYBE(NUMBERS),
)
CATCHING_UP = st.builds(
    CatchingUp, records_left=COUNTS, records_per_second=AMOUNTS, seconds_left=MAYBE(AMOUNTS)
)
HELD_BACK = st.builds(HeldBack, partition=COUNTS, since=MAYBE(TIMES))
SAMPLES = st.builds(
    RefusedSample, reason=st.sampled_from(Reason), detail=TEXTS, partition=COUNTS, offset=COUNTS,
    kafka_timestamp=TIMES, payload=MAYBE(TEXTS),
)  # fmt: skip
JOBS = st.builds(
    JobDetails, spark_version=TEXTS, topic=TEXTS, window_length=TEXTS, window_slide=TEXTS,
    watermark_delay=TEXTS, trigger_interval=TEXTS, query_id=MAYBE(TEXTS), batch_id=MAYBE(COUNTS),
    batch_at=MAYBE(TIMES), input_rows_per_second=NUMBERS, processed_rows_per_second=NUMBERS,
    batch_ms=st.dictionaries(TEXTS, COUNTS, max_size=3), watermark=MAYBE(TIMES), state_rows=COUNTS,
    state_bytes=COUNTS, executors=MAYBE(COUNTS), late_window_updates=COUNTS, rows_written=COUNTS,
    files_written=COUNTS,
    lag=st.lists(LAGS, max_size=2), catching_up=MAYBE(CATCHING_UP),
    held_back_by=st.lists(HELD_BACK, max_size=2),
    refused=st.dictionaries(st.sampled_from(Reason), COUNTS),
    refused_samples=st.lists(SAMPLES, max_size=2), notices=st.lists(TEXTS, max_size=2),
)  # fmt: skip

FOLLOWED = st.builds(
    FollowedTopic,
    read=COUNTS,
    refused=COUNTS,
    skipped=COUNTS,
    lag=COUNTS,
    lag_s=AMOUNTS,
    rules_lag=COUNTS,
)
GATEWAYS = st.builds(
    GatewayDetails, topics=st.dictionaries(TEXTS, FOLLOWED, max_size=2), symbols=COUNTS,
    readers=COUNTS, messages=COUNTS, rounds_skipped=COUNTS, windows_missed=COUNTS, rules=COUNTS,
    rules_error=MAYBE(TEXTS), alerts_error=MAYBE(TEXTS),
    alerts_waiting=st.dictionaries(TEXTS, COUNTS, max_size=2), waiting_s=AMOUNTS,
)  # fmt: skip


def status(state: str, details: object, time: str, error: str | None) -> Status[Any]:
    return Status(
        schema_version=1, service="some", state=state, since=time, updated_at=time,
        last_error=error, details=details,
    )  # fmt: skip


def states(of: Any) -> list[str]:
    return list(get_args(of.__value__))


@given(st.builds(status, st.sampled_from(states(ProducerState)), PRODUCERS, TIMES, MAYBE(TEXTS)))
def test_whatever_a_producer_writes_is_valid_and_comes_back(found: Status[Any]) -> None:
    content = msgspec.json.encode(found)
    STATUS.validate(json.loads(content))
    assert read_producer(content) == found
    summary = read_producer_summary(content)
    for name in ("state", "since", "updated_at", "last_error"):
        assert getattr(summary, name) == getattr(found, name)
    for name in ("feed", "next_quote_at", "budget", "key_rejected", "off_hours"):
        assert getattr(summary.details, name) == getattr(found.details, name)
    assert list(summary.details.symbols) == list(found.details.symbols)


@given(st.builds(status, st.sampled_from(states(JobState)), JOBS, TIMES, MAYBE(TEXTS)))
def test_whatever_the_job_writes_is_valid_and_comes_back(found: Status[Any]) -> None:
    content = msgspec.json.encode(found)
    STATUS.validate(json.loads(content))
    assert read_job(content) == found


@given(st.builds(status, st.sampled_from(states(GatewayState)), GATEWAYS, TIMES, MAYBE(TEXTS)))
def test_whatever_the_gateway_writes_is_valid_and_comes_back(found: Status[Any]) -> None:
    content = msgspec.json.encode(found)
    STATUS.validate(json.loads(content))
    assert read_gateway(content) == found


@pytest.mark.parametrize(
    ("where", "model"),
    [
        ("producer", ProducerDetails),
        ("symbol", SymbolStatus),
        ("budget", Budget),
        ("job", JobDetails),
        ("gateway", GatewayDetails),
        ("followed", FollowedTopic),
        ("lag", PartitionLag),
        ("catching_up", CatchingUp),
        ("held_back", HeldBack),
        ("sample", RefusedSample),
    ],
)
def test_schema_and_model_have_the_same_members(where: str, model: type[msgspec.Struct]) -> None:
    described = schema("status")["$defs"][where]
    fields = msgspec.structs.fields(model)
    assert list(described["properties"]) == [field.name for field in fields]
    assert described.get("required", []) == [field.name for field in fields if field.required]


def test_schema_and_model_have_the_same_states() -> None:
    producer, job, gateway = schema("status")["oneOf"]
    assert producer["properties"]["state"]["enum"] == states(ProducerState)
    assert job["properties"]["state"]["enum"] == states(JobState)
    assert gateway["properties"]["state"]["enum"] == states(GatewayState)


JOB = JobDetails(
    spark_version="3.5.3", topic="t", window_length="1 minute", window_slide="5 seconds",
    watermark_delay="0 seconds", trigger_interval="2 seconds",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schema_version", 2),
        ("service", 1),
        ("state", None),
        ("since", "2026-01-02"),
        ("updated_at", None),
        ("last_error", 5),
        ("details", {}),
        ("details", None),
        ("details", msgspec.to_builtins(JOB) | {"lag": [{"partition": 0}]}),
        ("details", msgspec.to_builtins(JOB) | {"catching_up": {"records_left": 1}}),
        ("details", msgspec.to_builtins(JOB) | {"held_back_by": [{"partition": 0}]}),
        ("details", msgspec.to_builtins(JOB) | {"refused": {"because": 1}}),
        ("details", msgspec.to_builtins(JOB) | {"watermark": "never"}),
        ("details", msgspec.to_builtins(JOB) | {"state_rows": "many"}),
    ],
)
def test_what_the_schema_refuses_is_not_read_either(name: str, value: object) -> None:
    good = msgspec.to_builtins(status("running", JOB, "2026-01-02T15:04:05.000000Z", None))
    STATUS.validate(good)
    changed = good | {name: value}
    assert not STATUS.is_valid(changed)
    with pytest.raises(msgspec.DecodeError):
        read_job(json.dumps(changed).encode())


@pytest.mark.parametrize(
    ("state", "error", "expected"),
    [
        ("starting", "waiting for the broker", True),
        ("starting", "started again after: x", False),
        ("starting", None, False),
        ("failed", "waiting for the broker", False),
    ],
)
def test_a_job_waits_for_what_it_names_while_it_starts(
    state: str, error: str | None, *, expected: bool
) -> None:
    assert waits(status(state, JOB, "2026-01-02T15:04:05.000000Z", error)) is expected


NO_DAY = "2026-02-30T15:04:05.000000Z"
HELD_BACK = {"partition": 0, "since": NO_DAY}
SAMPLE = {
    "reason": "not_json", "detail": "d", "partition": 0, "offset": 0, "kafka_timestamp": NO_DAY,
    "payload": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"since": NO_DAY},
        {"updated_at": NO_DAY},
        {"updated_at": "1969-12-31T23:59:59.000000Z"},
        {"details": msgspec.to_builtins(JOB) | {"batch_at": NO_DAY}},
        {"details": msgspec.to_builtins(JOB) | {"watermark": NO_DAY}},
        {"details": msgspec.to_builtins(JOB) | {"held_back_by": [HELD_BACK]}},
        {"details": msgspec.to_builtins(JOB) | {"refused_samples": [SAMPLE]}},
    ],
)
def test_a_file_of_the_job_with_a_time_that_never_was_is_not_read(changes: dict[str, Any]) -> None:
    good = msgspec.to_builtins(status("running", JOB, "2026-01-02T15:04:05.000000Z", None))
    read_job(json.dumps(good).encode())
    with pytest.raises(msgspec.DecodeError):
        read_job(json.dumps(good | changes).encode())


@pytest.mark.parametrize(
    "told",
    [
        {"next_quote_at": NO_DAY},
        {"budget": {"daily_calls": 25, "used": 1, "remaining": 24, "next_call_at": NO_DAY}},
        {"symbols": {"IBM": {"event_time": NO_DAY}}},
        {"symbols": {"IBM": {"ingest_time": NO_DAY}}},
    ],
)
def test_a_file_of_a_producer_with_a_time_that_never_was_is_not_read(told: dict[str, Any]) -> None:
    details = msgspec.to_builtins(producer_details())
    good = {
        "schema_version": 1, "service": "producer", "state": "live", "last_error": None,
        "since": "2026-01-02T15:04:05.000000Z", "updated_at": "2026-01-02T15:04:05.000000Z",
    }  # fmt: skip
    read_producer(json.dumps(good | {"details": details}).encode())
    with pytest.raises(msgspec.DecodeError):
        read_producer(json.dumps(good | {"details": details | told}).encode())


def test_a_state_of_the_other_service_is_invalid() -> None:
    good = msgspec.to_builtins(status("live", JOB, "2026-01-02T15:04:05.000000Z", None))
    assert not STATUS.is_valid(good)


def test_a_service_that_cannot_start_is_failed_with_the_cause(tmp_path: Path) -> None:
    report_failure(tmp_path, "producer", "FEED: got 'x'", BEGIN, producer_details())
    file = written(tmp_path / "producer.json")
    STATUS.validate(file)
    assert (file["service"], file["state"], file["last_error"]) == (
        "producer",
        "failed",
        "FEED: got 'x'",
    )
    assert file["details"]["feed"] == "synthetic"


def test_a_failure_leaves_what_the_run_before_has_told(tmp_path: Path) -> None:
    before = producer_details()
    before.symbols["IBM"] = SymbolStatus(price=100.0)
    StatusWriter[ProducerDetails](tmp_path, "producer", Clock()).write("stopped", before)
    report_failure(tmp_path, "producer", "x", BEGIN, producer_details())
    status = read_producer((tmp_path / "producer.json").read_bytes())
    assert (status.state, status.details) == ("failed", before)


def test_a_failure_lasts_since_it_first_came_about_until_another_comes(tmp_path: Path) -> None:
    times = []
    for second, error in enumerate(["x", "x", "y"]):
        now = BEGIN + timedelta(seconds=second)
        report_failure(tmp_path, "producer", error, now, producer_details())
        file = written(tmp_path / "producer.json")
        times.append((file["since"][17:19], file["updated_at"][17:19]))
    assert times == [("05", "05"), ("05", "06"), ("07", "07")]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_file_that_cannot_be_read_hides_no_failure(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "producer.json").write_bytes(content)
    report_failure(tmp_path, "producer", "x", BEGIN, producer_details())
    assert read_producer((tmp_path / "producer.json").read_bytes()).last_error == "x"


def test_a_failure_that_cannot_be_written_raises_nothing(tmp_path: Path) -> None:
    report_failure(tmp_path / "gone", "producer", "x", BEGIN, producer_details())
    assert list(tmp_path.iterdir()) == []
