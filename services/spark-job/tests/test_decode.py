"""What the check says of a record is what comes out of the job's first step."""

import base64
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from msgspec import json
from records import FileOfRefused, at, heartbeat, quote

from contracts import examples
from contracts.reasons import Reason
from contracts.status import RefusedSample
from spark_job.decode import CHECKED, MAX_SAMPLES, check_batch, decode
from spark_job.windows import CHECK_METRICS, count_refused

SKEW = timedelta(seconds=60)
EXAMPLES = examples.load()
LARGE = [b"x" * 1_000_000, b"\xff" * 1_000_000, b"x" + "é".encode() * 400_000]
SCHEMA = "value binary, timestamp timestamp, partition int, offset long"


def verdict(row) -> str:
    if row.reason is not None:
        return row.reason
    return "heartbeat" if row.symbol is None else "quote"


@pytest.fixture(scope="module")
def decoded(session, tmp_path_factory):
    """Every example, and a record of 1 MB, through Spark: the rows, and what was handed over."""
    refused = FileOfRefused(tmp_path_factory.mktemp("refused") / "refused.jsonl")
    moment = datetime.fromtimestamp(EXAMPLES[0].kafka_timestamp_ms / 1000, UTC)
    values = [example.value for example in EXAMPLES] + LARGE
    rows = [(value, moment, 3, offset) for offset, value in enumerate(values)]
    records = session.createDataFrame(rows, SCHEMA).coalesce(1)
    return decode(records, "raw", SKEW, refused).collect(), refused.read()


def test_every_example_gets_its_verdict(decoded):
    rows, _ = decoded
    found = {example.name: verdict(row) for example, row in zip(EXAMPLES, rows, strict=False)}
    assert found == {example.name: example.verdict for example in EXAMPLES}


def test_records_of_1_mb_are_refused_as_too_large_with_their_size(decoded):
    rows, refused = decoded
    for value, row, record in zip(LARGE, rows[-3:], refused[-3:], strict=True):
        assert row.reason == "too_large"
        assert record.detail == f"{len(value)} bytes, the most is 65536"
        assert (record.payload_bytes, record.payload_truncated) == (len(value), True)


def test_the_payload_of_a_large_record_is_its_first_64_kib(decoded):
    text, bytes_, split = (record.payload for record in decoded[1][-3:])
    assert text == "x" * 65_536
    assert base64.b64decode(bytes_) == b"\xff" * 65_536
    assert split == "x" + "é" * 32_767  # half a character is left out, and the rest is still text


def test_what_is_refused_is_handed_over_once_with_its_place(decoded):
    rows, refused = decoded
    expected = [(offset, row.reason) for offset, row in enumerate(rows) if row.reason]
    assert [(record.offset, record.reason) for record in refused] == expected
    assert {(record.topic, record.partition) for record in refused} == {("raw", 3)}
    assert {record.kafka_timestamp for record in refused} == {"2026-01-02T15:04:05.300000Z"}


def test_a_quote_keeps_its_values_and_a_heartbeat_only_its_time():
    batch = arrow([quote(5.000001, "AAPL", 1.5, volume=None), heartbeat(6), None])
    rows = check_batch(batch, "raw", SKEW, lambda _: None).to_pylist()
    assert rows[0] == {
        "event_time": at(5.000001),
        "symbol": "AAPL",
        "source": "synthetic",
        "price": 1.5,
        "volume": None,
        "reason": None,
        "sample": None,
    }
    assert rows[1]["event_time"] == at(6)
    assert rows[1]["symbol"] is rows[1]["price"] is rows[1]["reason"] is None
    assert {name for name, value in rows[2].items() if value is not None} == {"reason", "sample"}


def test_the_columns_are_those_that_spark_is_told_of():
    names = check_batch(arrow([]), "raw", SKEW, lambda _: None).schema.names
    assert names == CHECKED.names


def test_the_skew_is_measured_from_the_record_s_kafka_timestamp():
    batch = arrow([quote(3600 + 30), quote(3600 + 31)], timestamp=at(3600))
    rows = check_batch(batch, "raw", timedelta(seconds=30), lambda _: None).to_pylist()
    assert [row["reason"] for row in rows] == [None, "in_future"]


def test_of_many_refused_records_the_last_come_as_samples():
    refused = []
    batch = arrow([b"\xff" + b"x" * 300, *([b"{"] * 100)])
    rows = check_batch(batch, "raw", SKEW, refused.append).to_pylist()
    samples = [json.decode(row["sample"], type=RefusedSample) for row in rows if row["sample"]]
    assert len(refused) == 101
    assert [sample.offset for sample in samples] == list(range(101 - MAX_SAMPLES, 101))
    assert samples[-1].reason is Reason.NOT_JSON


def test_the_payload_of_a_sample_is_short():
    rows = check_batch(arrow([b"x" * 5000]), "raw", SKEW, lambda _: None).to_pylist()
    assert json.decode(rows[0]["sample"], type=RefusedSample).payload == "x" * 200


def test_the_refused_are_counted_by_reason(session, tmp_path):
    values = [b"{", b"{", None, quote(5), heartbeat(6), b"[]"]
    rows = [(value, at(100), 0, offset) for offset, value in enumerate(values)]
    checked = decode(
        session.createDataFrame(rows, SCHEMA), "raw", SKEW, FileOfRefused(tmp_path / "refused")
    )
    execution = count_refused(checked)._jdf.queryExecution()
    execution.toRdd().count()
    metrics = execution.observedMetrics().apply(CHECK_METRICS)
    counted = {reason: metrics.getLong(index) for index, reason in enumerate(Reason)}
    assert {reason: count for reason, count in counted.items() if count} == {
        Reason.NOT_JSON: 2,
        Reason.TOMBSTONE: 1,
        Reason.NOT_OBJECT: 1,
    }


def arrow(values, timestamp=None) -> pa.RecordBatch:
    count = len(values)
    return pa.record_batch(
        {
            "value": pa.array(values, pa.binary()),
            "size": pa.array([None if value is None else len(value) for value in values]),
            "timestamp": pa.array([timestamp or at(100)] * count, pa.timestamp("us", "UTC")),
            "partition": pa.array([0] * count, pa.int32()),
            "offset": pa.array(range(count), pa.int64()),
        }
    )
