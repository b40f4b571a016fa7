"""The parts of `make chaos` and `make soak` that need no stack."""

import json
import random
from collections import Counter

import pytest
from chaos.moments import MOMENTS, Batch, Batches
from chaos.plan import plan
from chaos.verdict import Verdict, closing, compare, doubled, gaps_and_resent
from events import EPOCH, Event, Record, read_event
from soak.__main__ import faults
from soak.samples import Sample, cached, shares, slope_per_hour, summary
from spoilt import REASONS, encode, quote, spoil
from windows import Calculation, Key, aggregate

SERVICES = ("gateway", "kafka", "spark-job")
KEY = Key("IBM", "synthetic", 0, 5_000_000)
EVENTS = [Event(1, "synthetic", "IBM", 10.0, 1.0), Event(2, "synthetic", "IBM", 12.0, 1.0)]
CALCULATION = Calculation(5_000_000, {KEY: EVENTS})


def row(**others) -> dict:
    names = ("symbol", "source", "window_start", "window_end")
    return (
        dict(zip(names, KEY, strict=True))
        | aggregate(EVENTS)
        | {"open_price": 10.0, "close_price": 12.0}
        | others
    )


def test_a_seed_plans_the_same_kills_of_each_service_and_of_all_at_each_moment():
    faults = plan(7, 5, SERVICES)
    assert faults == plan(7, 5, SERVICES) != plan(8, 5, SERVICES)
    kills = Counter(fault.services for fault in faults if fault.kind == "kill")
    assert kills == dict.fromkeys([("gateway",), ("kafka",), ("spark-job",), SERVICES], 5)
    job = {fault.moment for fault in faults if fault.services == ("spark-job",)}
    assert job == set(MOMENTS)


def test_each_service_is_paused_once_for_a_minute_or_more():
    pauses = [fault for fault in plan(7, 1, SERVICES) if fault.kind == "pause"]
    assert sorted(fault.target for fault in pauses) == ["gateway", "kafka", "spark-job"]
    assert all(60 <= fault.pause_s <= 100 for fault in pauses)


def checkpoint(data, query, *, begun, ended):
    """Write what is looked at of a checkpoint: the note, and the names in Spark's logs."""
    folder = data / "checkpoints" / "aggregates"
    for log, names in (("offsets", begun), ("commits", ended)):
        (folder / query / log).mkdir(parents=True)
        for name in names:
            (folder / query / log / name).touch()
    (folder / "note.json").write_text(json.dumps({"query": query}))


def test_before_the_first_start_no_batch_has_begun(tmp_path):
    assert Batches(tmp_path).begun() == Batches(tmp_path).ended() == Batch(1, -1)


def test_the_newest_batch_is_the_one_with_the_largest_number_not_one_written_aside(tmp_path):
    names = ["9", "10", ".11.3f.tmp"]
    checkpoint(tmp_path, "query", begun=[*names, "11"], ended=names)
    assert Batches(tmp_path).begun() == Batch(1, 11)
    assert Batches(tmp_path).ended() == Batch(1, 10)


def test_a_batch_of_a_query_that_has_taken_over_is_newer_than_all_before(tmp_path):
    checkpoint(tmp_path, "query", begun=["57"], ended=["57"])
    before = Batches(tmp_path).ended()
    checkpoint(tmp_path, "query-2", begun=["0"], ended=["0"])
    assert Batches(tmp_path).ended() == Batch(2, 0) > before


def test_a_batch_is_in_its_commit_once_that_is_written_aside(tmp_path):
    checkpoint(tmp_path, "query", begun=["11"], ended=["10", ".11.3f.tmp"])
    Batches(tmp_path).wait_for("commit")


def test_a_row_that_is_there_again_is_no_difference_where_it_is_the_same():
    assert compare(CALCULATION, [row(), row()]) == ([], 1)


def test_a_row_that_is_there_again_with_another_figure_is_one():
    lines, repeated = compare(CALCULATION, [row(), row(avg_price=99.0)])
    assert repeated == 1
    assert lines == [line for line in lines if line.startswith("different")] != []


def test_a_window_that_is_not_there_is_missing():
    lines, _ = compare(CALCULATION, [])
    assert lines[0].startswith("missing")
    assert not Verdict(CALCULATION, lines, 0, set(), 2, 0, 0).fine


def test_a_window_that_was_written_twice_is_doubled_though_it_is_the_same():
    other = row(window_end=10_000_000)
    assert doubled([row(), other]) == set()
    assert doubled([row(), other, row()]) == {KEY}
    assert Verdict(CALCULATION, [], 0, set(), 2, 0, 0).fine
    assert not Verdict(CALCULATION, [], 1, {KEY}, 2, 0, 0).fine


def test_numbers_that_are_missing_and_there_again_are_counted_by_run():
    numbers = ["a-0", "a-1", "a-1", "a-4", "b-0"]
    records = [Record(encode(quote(1.0, "IBM", 1.0, event_id=it)), 1000) for it in numbers]
    assert gaps_and_resent(records) == (2, 1)


def test_a_valid_heartbeat_in_each_partition_closes_the_windows_of_the_newest_quote():
    messages = closing(EPOCH.replace(year=2026), range(4))
    assert [it.partition for it in messages] == [0, 1, 2, 3]
    for message in messages:
        assert read_event(Record(message.value, 4_000_000_000_000)).symbol is None
        assert json.loads(message.value)["event_time"] == "2026-01-01T00:00:21.000000Z"


def test_the_share_of_a_processor_is_of_all_the_time_since_the_last_look():
    used = [(0, 7.0), (10, 12.0), (30, 14.0)]
    samples = [Sample(at_s, {"job CPU s": cpu_s, "job MiB": 900}) for at_s, cpu_s in used]
    assert shares(samples) == [
        Sample(10, {"job CPU %": 50.0, "job MiB": 900}),
        Sample(30, {"job CPU %": 10.0, "job MiB": 900}),
    ]


def test_a_slope_is_what_a_figure_grows_in_an_hour():
    samples = [Sample(at_s, {"files": 10 + at_s / 360}) for at_s in range(0, 3600, 60)]
    assert slope_per_hour(samples, "files") == pytest.approx(10)


def lasting(lag=0, skipped=7, job_mib=(900, 900), gateway_mib=(80, 80)) -> list[Sample]:
    """Give a sample for each quarter of the time; memory is that of the last two.

    `skipped` is the last one's; it is 7 before.
    """
    return [
        Sample(
            quarter * 100.0,
            {
                "lag events": lag,
                "gateway skipped": skipped if quarter == 3 else 7,
                "spark-job MiB": job,
                "gateway MiB": gateway,
            },
        )
        for quarter, (job, gateway) in enumerate(
            zip((500, 700, *job_mib), (70, 75, *gateway_mib), strict=True)
        )
    ]


@pytest.mark.parametrize("prefix", ["total_", ""])
def test_a_soak_counts_no_files_that_the_kernel_keeps_as_memory(prefix):
    memory = {f"{prefix}inactive_file": 300, f"{prefix}active_file": 20, "active_anon": 5000}
    assert cached(memory) == 320


def test_a_soak_gives_of_each_figure_its_quarters_its_largest_and_what_it_grows_in_an_hour():
    found = summary(lasting(job_mib=(1000, 900)))["spark-job MiB"]
    # 500, 700, 1000, 900 at 0, 100, 200, 300 s: a line through them grows by 1.5 in a second.
    assert found == [500, 700, 1000, 900, 1000, pytest.approx(5400)]


@pytest.mark.parametrize(
    ("samples", "restarts", "found"),
    [
        (lasting(lag=9000, job_mib=(900, 1100)), 0, []),
        (lasting(), 1, ["containers restarted: 1"]),
        (lasting(lag=20_000), 0, ["the job does not keep up: 20000 events behind"]),
        (lasting(skipped=12), 0, ["the gateway does not keep up: 5 events skipped"]),
        (
            lasting(gateway_mib=(80, 120)),
            0,
            ["the memory of gateway grows: 80 MiB, then 120 MiB"],
        ),
        (
            lasting(job_mib=(900, 1200)),
            0,
            ["the memory of spark-job grows: 900 MiB, then 1200 MiB"],
        ),
    ],
)
def test_a_soak_ends_with_what_is_not_as_it_should_be(samples, restarts, found):
    assert faults(summary(samples), restarts, 1000) == found


@pytest.mark.parametrize("reason", REASONS)
def test_what_is_spoilt_is_refused_by_the_tests_own_reading(reason):
    rng = random.Random(1)
    values = [spoil(quote(1e9, "IBM", 100.25), reason, rng) for _ in range(50)]
    assert {read_event(Record(value, 1_000_000_000_000)) for value in values} == {None}
