"""Every example of the contract in the topic: what is refused and what counts; nothing stops.

The topic takes the producers' times here, so that each example has the Kafka timestamp that its
verdict was written for. No producer runs.
"""

import base64
import json
from collections import Counter

import pytest
from events import Record, read_event
from topic import Message
from waiting import wait_for

from contracts import examples

EXAMPLES = examples.load()
NOW_MS = EXAMPLES[0].kafka_timestamp_ms
VALID = {"quote", "heartbeat"}
MEGABYTE = examples.Example("a megabyte", b"x" * 1_000_000, NOW_MS, "too_large", "unread", "")


def in_order(example: examples.Example) -> int:
    """Sort so that valid events come in the order of their times, and no quote is late."""
    event = read_event(Record(example.value, NOW_MS))
    return event.time_us if event else NOW_MS * 1000 - 300_000


SENT = sorted([*EXAMPLES, MEGABYTE], key=in_order)
REFUSED = {offset: it.verdict for offset, it in enumerate(SENT) if it.verdict not in VALID}


def payload(value: bytes | None) -> bytes | None:
    """Cut a value as the dead-letter topic does: 64 KiB."""
    return None if value is None else value[: 64 * 1024]


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("contract")
    stack.up("kafka")
    # Made before topic-init finds it: a broker takes up a change of a topic's settings some time
    # after it has acknowledged it.
    create = ("kafka-topics", "--bootstrap-server", "localhost:29092", "--create")
    settings = ("--config", "message.timestamp.type=CreateTime", "--config", "retention.ms=-1")
    stack.compose("exec", "-T", "kafka", *create, "--topic", stack.topic_name(), *settings)
    stack.up("topic-init", "spark-job")  # no producer
    return stack


@pytest.fixture(scope="module")
def dead_letters(stack):
    stack.produce([Message(example.value, NOW_MS) for example in SENT])

    def all_there():
        found = stack.refused()
        return found if {it["offset"] for it in found} >= set(REFUSED) else None

    return wait_for("every refused record in the dead-letter topic", all_there, 60, every_s=1)


@pytest.mark.usefixtures("dead_letters")
def test_the_broker_keeps_the_times_that_the_examples_were_written_for(stack):
    assert {record.timestamp_ms for record in stack.records()} == {NOW_MS}


def test_each_invalid_record_and_no_other_is_refused_with_its_reason(dead_letters):
    assert {it["offset"]: it["reason"] for it in dead_letters} == REFUSED


def test_a_refused_record_is_kept_with_its_place_and_payload(stack, dead_letters):
    for it in dead_letters:
        value = SENT[it["offset"]].value
        kept = it["payload"]
        if it.get("payload_encoding") == "base64":
            kept = base64.b64decode(kept)
        elif kept is not None:
            kept = kept.encode()
        assert kept == payload(value)
        assert (it["topic"], it["partition"]) == (stack.topic_name(), 0)
        assert it["kafka_timestamp"] == "2026-01-02T15:04:05.300000Z"
        assert it["detail"]
        cut = value is not None and len(value) > 64 * 1024
        assert it.get("payload_truncated", False) == cut
        assert it.get("payload_bytes") == (len(value) if cut else None)


@pytest.mark.usefixtures("dead_letters")
def test_the_status_file_counts_refusals_by_reason(stack):
    def details():
        return stack.status("spark-job")["details"]

    expected = dict(Counter(REFUSED.values()))
    wait_for("counts in the status file", lambda: details()["refused"] == expected, 15)
    samples = details()["refused_samples"]
    assert len(samples) == 20
    assert {it["offset"] for it in samples} == set(sorted(REFUSED)[-20:])


@pytest.mark.usefixtures("dead_letters")
def test_the_good_ones_among_them_are_in_their_windows(stack):
    calculation = stack.check_windows()
    assert calculation.doubtful == set()
    years = {1970 + key.end_us // 31_556_952_000_000 for key in calculation.rows}
    assert years >= {1970, 2024, 2026}


@pytest.mark.usefixtures("dead_letters")
def test_a_heartbeat_alone_closes_the_last_windows(stack):
    before = stack.check_windows()
    heartbeat = next(it.value for it in EXAMPLES if it.verdict == "heartbeat")
    later = heartbeat.replace(b"15:04:05", b"15:06:10")
    stack.produce([Message(later, NOW_MS + 120_000)])
    after = stack.check_windows()
    newest = max(key.end_us for key in after.rows)
    assert newest - max(key.end_us for key in before.rows) == 60_000_000
    assert len(after.rows) > len(before.rows)


@pytest.mark.usefixtures("dead_letters")
def test_the_debug_consumer_judges_the_same(stack):
    arguments = ("--from-beginning", "--max-events", str(len(SENT)), "--format", "json")
    done = stack.debug(*arguments, check=False)
    assert done.returncode == 1
    *lines, summary = map(json.loads, done.stdout.splitlines())
    judged = {it["offset"]: it["reason"] for it in lines if not it["valid"]}
    assert judged == REFUSED
    assert summary["records"] == len(SENT)
    assert summary["by_reason"] == dict(Counter(REFUSED.values()))


def test_the_debug_consumer_finds_the_dead_letters_valid_by_their_own_contract(stack, dead_letters):
    arguments = ("--topic", f"{stack.topic_name()}.dlq", "--from-beginning")
    done = stack.debug(*arguments, "--max-events", str(len(dead_letters)), check=False)
    assert done.returncode == 0, done.stdout


def test_the_debug_consumer_says_when_nothing_arrives(stack):
    assert stack.debug("--timeout", "2", check=False).returncode == 3


def test_the_debug_consumer_says_when_it_is_used_wrongly(stack):
    done = stack.debug("--max-events", "many", check=False)
    assert done.returncode == 2
    assert "--max-events" in done.stdout + done.stderr


@pytest.mark.usefixtures("dead_letters")
def test_the_job_ran_through_all_of_it(stack):
    assert set(stack.restarts().values()) == {0}
    assert stack.status("spark-job")["state"] == "running"


def test_the_debug_consumer_says_when_the_broker_is_not_reached(stack):
    stack.compose("stop", "kafka")
    run = ("--profile", "debug", "run", "--rm", "--no-deps", "--no-TTY", "debug-consumer")
    done = stack.compose(*run, check=False, timeout_s=120)
    assert done.returncode == 4, done.stdout + done.stderr
