"""How a start is decided: each case of a checkpoint, its note, and the broker."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from checkpoints import spark_ran

from spark_job.errors import CheckpointError
from spark_job.reading.broker import Topic
from spark_job.reading.checkpoint import Note, prepare
from spark_job.reading.offset_log import next_offsets

NOW = datetime(2026, 1, 2, 15, 4, 5, 6, UTC)
NOTE = Note(
    state_layout=1,
    window_length="1 minute",
    window_slide="5 seconds",
    shuffle_partitions=2,
    topic="raw",
    cluster_id="cluster-a",
    topic_id="topic-a",
)


def topic(earliest: dict[int, int], latest: dict[int, int], cluster_id: str = "cluster-a") -> Topic:
    return Topic(cluster_id=cluster_id, topic_id="topic-a", earliest=earliest, latest=latest)


WHOLE = topic({0: 0}, {0: 500})


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A checkpoint that has read the first 120 records, and planned to read up to 200."""
    start = prepare(tmp_path, NOTE, WHOLE, NOW)
    spark_ran(start.query, 100, 120, 200, commits=2)
    return tmp_path


def entries(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def note_of(folder: Path) -> Note:
    return msgspec.json.decode((folder / "note.json").read_bytes(), type=Note)


def test_a_first_start_writes_the_note_and_has_nothing_to_tell(tmp_path):
    start = prepare(tmp_path / "checkpoints", NOTE, WHOLE, NOW)
    assert start == (tmp_path / "checkpoints/aggregates/query", False, [])
    assert entries(tmp_path / "checkpoints") == ["aggregates"]
    assert note_of(tmp_path / "checkpoints/aggregates") == NOTE


def test_a_start_with_the_same_settings_goes_on(begun):
    assert prepare(begun, NOTE, WHOLE, NOW) == (begun / "aggregates/query", False, [])
    assert next_offsets(begun / "aggregates/query", "raw") == {0: 120}


@pytest.mark.parametrize(
    ("changed", "reported"),
    [
        ({"window_length": "2 minutes"}, "WINDOW_LENGTH was 1 minute, is 2 minutes"),
        ({"window_slide": "10 seconds"}, "WINDOW_SLIDE was 5 seconds, is 10 seconds"),
        ({"topic": "other"}, "KAFKA_TOPIC was raw, is other"),
        ({"shuffle_partitions": 4}, "the number of state partitions"),
        ({"state_layout": 2}, "the layout of the state"),
    ],
)
def test_a_start_with_other_settings_stops_and_says_what_changed(begun, changed, reported):
    with pytest.raises(CheckpointError) as error:
        prepare(begun, msgspec.structs.replace(NOTE, **changed), WHOLE, NOW)
    assert reported in str(error.value)
    assert "make reset" in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2
    assert next_offsets(begun / "aggregates/query", "raw") == {0: 120}  # nothing was touched


def test_another_broker_sets_the_checkpoint_aside(begun):
    note = msgspec.structs.replace(NOTE, cluster_id="cluster-b", window_length="2 minutes")
    start = prepare(begun, note, topic({0: 0}, {0: 3}, "cluster-b"), NOW)
    aside = "aggregates.set-aside-20260102T150405.000006Z"
    assert entries(begun) == ["aggregates", aside]
    assert note_of(begun / "aggregates") == note
    assert next_offsets(start.query, "raw") is None
    assert next_offsets(begun / aside / "query", "raw") == {0: 120}
    (notice,) = start.notices
    assert "another Kafka cluster" in notice
    assert aside in notice
    assert not start.data_lost


@pytest.mark.parametrize("latest", [{0: 119}, {1: 500}])
def test_a_topic_that_was_made_anew_sets_the_checkpoint_aside(begun, latest):
    start = prepare(begun, NOTE, topic(dict.fromkeys(latest, 0), latest), NOW)
    assert "made anew" in start.notices[0]
    assert next_offsets(start.query, "raw") is None


def test_a_topic_made_anew_is_known_by_its_id_however_much_it_holds(begun):
    start = prepare(begun, msgspec.structs.replace(NOTE, topic_id="topic-b"), WHOLE, NOW)
    assert "made anew" in start.notices[0]
    assert next_offsets(start.query, "raw") is None


def test_a_note_without_the_topic_s_id_gets_it(begun):
    path = begun / "aggregates/note.json"
    older = json.loads(path.read_bytes())
    del older["topic_id"]
    path.write_text(json.dumps(older))
    assert prepare(begun, NOTE, WHOLE, NOW) == (begun / "aggregates/query", False, [])
    assert note_of(begun / "aggregates") == NOTE


def test_partitions_that_were_added_are_reported_and_the_checkpoint_goes_on(begun):
    start = prepare(begun, NOTE, topic({0: 120, 1: 7, 2: 0}, {0: 500, 1: 9, 2: 0}), NOW)
    (notice,) = start.notices
    assert "has 3 partitions, and had 1" in notice
    assert "WATERMARK_DELAY" in notice
    assert next_offsets(start.query, "raw") == {0: 120}
    assert not start.data_lost


def test_offsets_that_expired_are_reported_and_gone_past(begun):
    start = prepare(begun, NOTE, topic({0: 150}, {0: 500}), NOW)
    assert start.data_lost
    assert start.notices == [
        "partition 0: offsets 120 to 149 (30 records) expired before they were read"
    ]


def test_offsets_that_expired_before_the_first_batch_was_done_are_reported_too(tmp_path):
    start = prepare(tmp_path, NOTE, WHOLE, NOW)
    spark_ran(start.query, 100, commits=0, first=10)
    assert not prepare(tmp_path, NOTE, topic({0: 10}, {0: 500}), NOW).data_lost
    assert prepare(tmp_path, NOTE, topic({0: 11}, {0: 500}), NOW).data_lost


def test_a_checkpoint_that_has_read_nothing_takes_any_settings(tmp_path):
    prepare(tmp_path, NOTE, WHOLE, NOW).query.mkdir()
    other = msgspec.structs.replace(NOTE, window_length="2 minutes", cluster_id="cluster-b")
    assert prepare(tmp_path, other, WHOLE, NOW).notices == []
    assert note_of(tmp_path / "aggregates") == other
    assert entries(tmp_path) == ["aggregates"]


@pytest.mark.parametrize("content", [None, b"", b"{}", b"{"])
def test_a_checkpoint_without_a_note_that_can_be_read_stops_the_start(begun, content):
    note = begun / "aggregates/note.json"
    note.unlink() if content is None else note.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"note\.json.*cannot be read.*make reset"):
        prepare(begun, NOTE, WHOLE, NOW)


def test_a_kill_while_the_note_is_written_leaves_a_start_like_the_first(tmp_path):
    new = tmp_path / ".aggregates.new"
    new.mkdir()
    (new / ".note.json.tmp").write_bytes(b"{")
    assert prepare(tmp_path, NOTE, WHOLE, NOW).notices == []
    assert entries(tmp_path) == ["aggregates"]
    assert [path.name for path in (tmp_path / "aggregates").iterdir()] == ["note.json"]


def test_a_kill_after_the_old_checkpoint_was_set_aside_leaves_a_start_like_the_first(begun):
    (begun / "aggregates").rename(begun / "aggregates.set-aside-20260102T150405.000006Z")
    assert prepare(begun, NOTE, WHOLE, NOW).notices == []
    assert len(entries(begun)) == 2
