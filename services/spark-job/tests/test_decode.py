"""What the check says of a record is what comes out of the job's first step."""

import base64
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json
from pyspark.sql.pandas.types import to_arrow_schema
from records import FileOfDeadLetters, at, heartbeat, quote

from contracts import examples
from contracts.check import check
from contracts.event import Heartbeat, Quote
from contracts.refusals import Reason, Refusal
from contracts.times import epoch_us
from spark_job.checking import bulk
from spark_job.checking.decode import MAX_SAMPLES, Task, check_batch, decode, sums
from spark_job.reading.blocks import BLOCK, pack, unpack
from spark_job.windowing.partials import PARTIAL, TaskReport
from spark_job.windowing.sums import unpack as unpack_sums
from spark_job.windowing.windows import CHECK_METRICS, REPORTS, observe

SKEW = timedelta(seconds=60)
TASK = Task("raw", SKEW, timedelta(seconds=5))
EXAMPLES = examples.load()
LARGE = [b"x" * 1_000_000, b"\xff" * 1_000_000, b"x" + "é".encode() * 400_000]
KAFKA_S = 100


def nothing(_) -> None:
    """Take a refused record nowhere."""


@pytest.fixture(scope="module")
def decoded(session, tmp_path_factory):
    """Every example, and records of 1 MB, through Spark: the rows, and what was handed over."""
    refused = FileOfDeadLetters(tmp_path_factory.mktemp("refused") / "refused.jsonl")
    values = [example.value for example in EXAMPLES] + LARGE
    half = len(EXAMPLES) // 2
    blocks = [
        *block(values[:half], 3, 0, EXAMPLES[0].kafka_timestamp_ms),
        *block(values[half:], 3, half, EXAMPLES[0].kafka_timestamp_ms),
    ]
    frame = session.createDataFrame(blocks, BLOCK).coalesce(1)
    return decode(frame, TASK, refused).collect(), refused.read()


def block(values, partition=0, first=0, timestamp_ms=KAFKA_S * 1000) -> list[tuple]:
    """What the source makes of records: one row."""
    return [tuple(row.values()) for row in pack(partition, first, timestamp_ms, values).to_pylist()]


def test_every_example_gets_its_verdict(decoded):
    rows, refused = decoded
    reasons = {EXAMPLES[it.offset].name: it.reason for it in refused if it.offset < len(EXAMPLES)}
    valid = {"quote", "heartbeat"}
    assert reasons == {it.name: it.verdict for it in EXAMPLES if it.verdict not in valid}
    assert sum(counts(row.sums for row in rows)) == sum(
        example.verdict == "quote" for example in EXAMPLES
    )


def test_records_of_1_mb_are_refused_as_too_large_with_their_size(decoded):
    for value, record in zip(LARGE, decoded[1][-3:], strict=True):
        assert record.reason == "too_large"
        assert record.detail == f"{len(value)} bytes, the most is 65536"
        assert (record.payload_bytes, record.payload_truncated) == (len(value), True)


def test_the_payload_of_a_large_record_is_its_first_64_kib(decoded):
    text, bytes_, split = (record.payload for record in decoded[1][-3:])
    assert text == "x" * 65_536
    assert base64.b64decode(bytes_) == b"\xff" * 65_536
    assert split == "x" + "é" * 32_767  # half a character is left out, and the rest is still text


def test_what_is_refused_is_handed_over_once_with_its_place(decoded):
    _, refused = decoded
    offsets = [record.offset for record in refused]
    assert offsets == sorted(set(offsets))
    assert {(record.topic, record.partition) for record in refused} == {("raw", 3)}
    assert {record.kafka_timestamp for record in refused} == {"2026-01-02T15:04:05.300000Z"}


def test_a_quote_keeps_its_values_and_a_heartbeat_only_its_time():
    values = [quote(5.000001, "AAPL", 1.5, volume=None), heartbeat(6), None]
    events = check_batch(arrow(values), TASK, nothing)
    assert events.to_pylist() == [
        {"event_time": 5_000_001, "symbol": "AAPL", "source": "synthetic", "price": 1.5,
         "volume": None},
        {"event_time": 6_000_000, "symbol": None, "source": "synthetic", "price": None,
         "volume": None},
    ]  # fmt: skip


def test_a_row_stands_for_all_quotes_of_its_pane():
    quotes = [
        quote(7, price=3.0, volume=None), quote(5, price=1.0), quote(9.999999, price=2.0),
        quote(10, price=9.0),
    ]  # fmt: skip
    rows, _ = sums([arrow(quotes[:2]), arrow(quotes[2:])], TASK, nothing)
    rows = rows.sort_by("event_time")
    assert rows.drop_columns(["sums"]).to_pylist() == [
        {"event_time": time, "symbol": "IBM", "source": "synthetic", "final_until": 0,
         "report": None}
        for time in (at(9.999999), at(10))
    ]  # fmt: skip
    found = unpack_sums(pa.chunked_array([rows["sums"]]))
    assert {name: values[0] for name, values in found.items()} == {
        "event_count": 3, "price_sum": 6.0, "squares": pytest.approx(2.0), "min_price": 1.0,
        "max_price": 3.0, "open_us": 5_000_000, "open_price": 1.0, "close_us": 9_999_999,
        "close_price": 2.0, "volume": 2.0, "turnover": 3.0,
    }  # fmt: skip
    assert (found["event_count"][1], found["price_sum"][1]) == (1, 9.0)


def counts(values) -> list[int]:
    """Tell of how many quotes each of these sums is; null of none."""
    known = pa.chunked_array([[it for it in values if it is not None]], pa.binary())
    return unpack_sums(known)["event_count"].tolist()


def report_of(rows) -> TaskReport:
    """Give the report of a task, its last row."""
    return json.decode(rows.to_pylist()[-1]["report"], type=TaskReport)


def test_of_heartbeats_the_report_has_the_latest_time():
    (rows,) = sums([arrow([heartbeat(6), heartbeat(8), heartbeat(7)])], TASK, nothing)
    assert len(rows) == 1
    assert rows["event_time"].to_pylist() == [at(8)]
    assert report_of(rows) == TaskReport({}, [], {0: 8_000_000})


def test_a_report_has_the_latest_time_of_each_partition_s_quotes_and_heartbeats():
    blocks = [
        arrow([quote(9), b"{", heartbeat(7)], partition=1),
        arrow([heartbeat(3), quote(2)], partition=0),
        arrow([quote(8), quote(4)], partition=1),
        arrow([b"{", quote(KAFKA_S + 61)], partition=2),  # nothing that is valid
    ]
    _, rows = sums(blocks, TASK, nothing)
    assert rows["event_time"].to_pylist() == [at(9)]
    assert report_of(rows).reached == {1: 9_000_000, 0: 3_000_000}


def test_refused_records_reach_no_time():
    (rows,) = sums([arrow([b"{", quote(KAFKA_S + 61)])], TASK, nothing)
    assert rows["event_time"].to_pylist() == [at(0)]
    assert report_of(rows).reached == {}


def test_nothing_gives_no_rows():
    assert list(sums([], TASK, nothing)) == []


def test_the_columns_are_those_that_spark_is_reported_of():
    parts = [*sums([arrow([quote(1), b"{"])], TASK, nothing)]
    assert [part.schema for part in parts] == [to_arrow_schema(PARTIAL)] * 2


def test_the_skew_is_measured_from_the_record_s_kafka_timestamp():
    refused = []
    task = TASK._replace(max_future_skew=timedelta(seconds=30))
    batch = arrow([quote(3600 + 30), quote(3600 + 31)], kafka_s=3600)
    events = check_batch(batch, task, refused.append)
    assert len(events) == 1
    assert [record.reason for record in refused] == [Reason.IN_FUTURE]


@pytest.mark.parametrize(
    ("timestamp_ms", "kafka_timestamp"),
    [
        (1_767_366_245_123_000, "9000-01-01T00:00:00.000000Z"),
        (2**63 - 1, "9000-01-01T00:00:00.000000Z"),
        (-1, "1970-01-01T00:00:00.000000Z"),
    ],
)
def test_a_refused_record_goes_on_whatever_its_producer_took_for_a_timestamp(
    timestamp_ms, kafka_timestamp
):
    sent = []
    check_batch(unpack(pack(0, 0, timestamp_ms, [b"{"]).to_batches()[0], 0), TASK, sent.append)
    assert [(it.reason, it.kafka_timestamp) for it in sent] == [("not_json", kafka_timestamp)]


def test_of_many_refused_records_the_last_come_as_samples():
    taken = []
    batches = [arrow([b"\xff" + b"x" * 300]), arrow([b"{"] * 100, first=1)]
    (rows,) = sums(batches, TASK, taken.append)
    samples = report_of(rows).samples
    assert len(taken) == 101
    assert [sample.offset for sample in samples] == list(range(101 - MAX_SAMPLES, 101))
    assert samples[-1].reason is Reason.NOT_JSON


def test_what_has_been_counted_before_is_refused_and_neither_sent_nor_counted_again():
    sent = []
    task = TASK._replace(counted_until={0: 12, 1: 99})
    blocks = [
        arrow([b"{", quote(1), None, b"["], first=10),
        arrow([b"{"], first=98, partition=1),
        arrow([b"{"], first=0, partition=2),
    ]
    quotes, reports = sums(blocks, task, sent.append)
    report = report_of(reports)
    assert [(it.partition, it.offset) for it in sent] == [(0, 12), (0, 13), (2, 0)]
    assert report.refused == {Reason.TOMBSTONE: 1, Reason.NOT_JSON: 2}
    assert [(it.partition, it.offset) for it in report.samples] == [(0, 12), (0, 13), (2, 0)]
    assert counts(quotes["sums"].to_pylist()) == [1]


def test_the_payload_of_a_sample_is_short():
    (rows,) = sums([arrow([b"x" * 5000])], TASK, nothing)
    assert [it.payload for it in report_of(rows).samples] == ["x" * 200]


def test_the_refused_are_counted_by_reason(session, tmp_path):
    values = [b"{", b"{", None, quote(5), heartbeat(6), b"[]"]
    (report,) = observed(session, block(values), FileOfDeadLetters(tmp_path / "r"))
    assert report.refused == {Reason.NOT_JSON: 2, Reason.TOMBSTONE: 1, Reason.NOT_OBJECT: 1}
    assert [it.offset for it in report.samples] == [0, 1, 2, 5]


def test_the_latest_event_times_are_told_by_partition(session, tmp_path):
    blocks = block([quote(5), b"{"], 3) + block([heartbeat(7.000001)], 1) + block([b"{"], 2)
    reports = observed(session, blocks, FileOfDeadLetters(tmp_path / "r"))
    reached = {place: us for report in reports for place, us in report.reached.items()}
    assert reached == {3: 5_000_000, 1: 7_000_001}


def observed(session, blocks, dead_letters) -> list[TaskReport]:
    """What Spark's progress is told of a batch."""
    partials = decode(session.createDataFrame(blocks, BLOCK), TASK, dead_letters)
    execution = observe(partials)._jdf.queryExecution()
    execution.toRdd().count()
    metrics = execution.observedMetrics().apply(CHECK_METRICS)
    texts = metrics.getList(metrics.fieldIndex(REPORTS))
    return [json.decode(text, type=TaskReport) for text in texts]


def judged(values) -> tuple[list[tuple], list[tuple]]:
    """What the contract's own check says, record by record: events, and what is refused."""
    events, refused = [], []
    for offset, value in enumerate(values):
        match check(value, KAFKA_S * 1000, SKEW):
            case Refusal(reason=reason):
                refused.append((offset, reason))
            case Quote() as it:
                time_us = epoch_us(it.event_time)
                events.append((time_us, it.symbol, it.source, it.price, it.volume))
            case Heartbeat() as it:
                events.append((epoch_us(it.event_time), None, it.source, None, None))
    return events, refused


GOOD = quote(50.25, "BRK.B", 12.5)
FOREIGN = quote(50.25, "币安人生USDT", 12.5)  # each of its letters is three bytes
LETTERS = [it.encode() for it in ("é", "币", "か\u3099", "が", "𠀀", "\u0e33")]
WORDS = [b"\n", b" ", b'"', b"\\", b"{", b"}", b",", b"null", b"1e400", b"\xff", b"Z", *LETTERS]
mutations = st.builds(
    lambda good, first, length, new: good[:first] + new + good[first + length :],
    st.sampled_from([GOOD, FOREIGN]),
    st.integers(0, len(FOREIGN)),
    st.integers(0, 12),
    st.sampled_from(WORDS) | st.binary(max_size=3),
)
mixed = st.lists(
    st.sampled_from([quote(1), heartbeat(2), GOOD, FOREIGN, *(it.value for it in EXAMPLES)])
    | mutations
    | st.binary(max_size=8)
    | st.tuples(st.sampled_from([GOOD, b""]), st.integers(0, len(GOOD))).map(
        lambda cut: cut[0][: cut[1]]
    ),
    max_size=80,
)


@settings(max_examples=300)
@given(values=mixed)
def test_whatever_comes_is_judged_as_the_contract_s_check_judges_it(values):
    refused = []
    found = check_batch(arrow(values), TASK, refused.append)
    events, reasons = judged(values)
    assert [tuple(row.values()) for row in found.to_pylist()] == events
    assert [(record.offset, record.reason) for record in refused] == reasons


@pytest.mark.parametrize(
    "values",
    [
        [GOOD[:60], GOOD[60:], GOOD + b"\n" + GOOD],  # three records' worth of lines, one valid
        [GOOD + b"," + GOOD, b""],
        [b"", GOOD + b"\n" + GOOD],
        [GOOD.replace(b"00:00:50.250000Z", b"00:00:50.25+0000"), GOOD],
        [GOOD.replace(b"00:00:50.250000Z", b"00:00:50.250000z"), GOOD],
        [GOOD.replace(b"1970-01-01", b"1970-02-30"), GOOD],
        [GOOD.replace(b"1970", b"1969"), GOOD],
        [GOOD.replace(b"BRK.B", b"BRK.B\\n"), GOOD],
        [GOOD.replace(b"a-0", b"a-0\\n"), GOOD],
        [GOOD.replace(b"a-0", "a-٣".encode()), GOOD],
        [GOOD.replace(b"BRK.B", "CAFÉ".encode()), FOREIGN],
        [GOOD.replace(b"BRK.B", "か\u3099".encode()), FOREIGN],  # not in Unicode's form NFC
        [GOOD.replace(b"BRK.B", "币".encode() * 33), FOREIGN],
        [FOREIGN[:-1] + b', "note": "\xff"}', FOREIGN],
        [FOREIGN[:-1] + b', "\xff": 1}', FOREIGN],
        [FOREIGN.replace("币".encode(), "币".encode()[:2]), FOREIGN],
    ],
)
def test_the_short_cut_takes_nothing_that_is_not_plainly_valid(values):
    events, rows = bulk.read(arrow(values), SKEW)
    assert len(events) == len(rows)
    assert {values[row] for row in rows} <= {GOOD, FOREIGN}


def test_the_short_cut_takes_what_is_plainly_valid():
    events, rows = bulk.read(arrow([GOOD, heartbeat(3), quote(4, volume=None), FOREIGN]), SKEW)
    assert events["symbol"].to_pylist() == ["BRK.B", None, "IBM", "币安人生USDT"]
    assert rows.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        b"{",
        None,
        b"",
        GOOD + b"\n",
        GOOD.replace(b"1970-01-01", b"1970-02-30"),
        GOOD.replace(b"a-0", b"a-x"),
        GOOD.replace(b"BRK.B", b"BRK B"),
        quote(KAFKA_S + 61),
    ],
)
def test_of_many_records_the_check_judges_those_near_one_that_is_not_plain(wrong):
    values = [GOOD] * 2_500
    values[1_700] = wrong
    _, rows = bulk.read(arrow(values), SKEW)
    others = {*range(2_500)} - {*rows.tolist()}
    assert 1_700 in others
    assert len(others) <= 8


def arrow(values, kafka_s=KAFKA_S, first=0, partition=0) -> pa.RecordBatch:
    """What a worker makes of a block: records."""
    (batch,) = pack(partition, first, kafka_s * 1000, values).to_batches()
    return unpack(batch, 0)
