"""The judge of `test_producer_faults.py` on topics made by hand; no stack, a second."""

import json

import pytest
from acknowledged import faults, watched
from events import Record


def topic(*ids):
    return [Record(json.dumps({"event_id": each}).encode(), 0) for each in ids]


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


def test_the_largest_count_of_each_run_is_kept(tmp_path):
    file = tmp_path / "producer.json"

    def write(run, published, heartbeats):
        details = {"run_id": run, "published": published, "heartbeats": heartbeats}
        file.with_suffix(".tmp").write_text(json.dumps({"details": details}))
        file.with_suffix(".tmp").replace(file)

    write("a", 5, 1)
    with watched(file) as counts:
        write("b", 0, 0)
    with watched(file) as more:
        pass
    assert counts in ({"b": 0}, {"a": 6, "b": 0})
    assert more == {"b": 0}
