"""The check that `test_producer_faults.py` uses, on topics made by hand; without a stack."""

import json

import pytest
from acknowledged import faults, note, watched
from events import Record
from spoilt import encode, quote


def topic(*ids):
    return [Record(encode(quote(1.0, "IBM", 1.0, event_id=it)), 1000) for it in ids]


@pytest.mark.parametrize(
    ("ids", "counts", "said"),
    [
        (["a-0", "a-1", "a-2"], {"a": 2}, []),
        (["a-0", "b-0", "a-1", "b-1"], {"a": 2, "b": 2}, []),
        (["a-0", "a-2"], {"a": 1}, ["run a: 2 at place 1"]),
        (["a-0", "a-1", "a-1"], {"a": 2}, ["run a: 1 at place 2"]),
        (["a-1", "a-0"], {"a": 2}, ["run a: 1 at place 0"]),
        (["a-0"], {"a": 2}, ["run a: 2 acknowledged, 1 in the topic"]),
        ([], {"a": 1}, ["run a: 1 acknowledged, 0 in the topic"]),
        (["x-0"], {}, ["run x is nobody's"]),
    ],
)
def test_what_is_wrong_is_said(ids, counts, said):
    assert faults(topic(*ids), counts) == said


def write(file, run, published, heartbeats):
    """Write a status file as a producer does: aside, then renamed."""
    details = {"run_id": run, "published": published, "heartbeats": heartbeats}
    file.with_suffix(".tmp").write_text(json.dumps({"details": details}))
    file.with_suffix(".tmp").replace(file)


def test_the_largest_count_of_each_run_is_kept(tmp_path):
    file, counts = tmp_path / "producer.json", {}
    note(file, counts)  # there is no file yet
    for status in (("a", 5, 1), ("a", 4, 0), ("b", 0, 2), ("b", 7, 2)):
        write(file, *status)
        note(file, counts)
    assert counts == {"a": 6, "b": 9}


def test_what_is_written_last_is_noted_too(tmp_path):
    file = tmp_path / "producer.json"
    with watched(file) as counts:
        write(file, "a", 5, 1)
    assert counts == {"a": 6}
