"""How a start is decided: each case of a checkpoint, its note, and the broker."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from checkpoints import NOTE, PLANNED_S, QUERY_ID, spark_ran, topic
from hypothesis import given
from hypothesis import strategies as st
from records import at

from contracts.arrow import SCHEMA
from contracts.dataset import FINAL_UNTIL
from contracts.times import format_time
from spark_job.errors import CheckpointError, StateDamagedError
from spark_job.reading import checkpoint
from spark_job.reading.attempts import counted
from spark_job.reading.broker import NotReadyError, Since, Topic
from spark_job.reading.checkpoint import Start
from spark_job.reading.note import Note
from spark_job.reading.offset_log import next_offsets
from spark_job.reading.plan import Plan, encode
from spark_job.writing.dataset import Commit
from spark_job.writing.files import Folder
from spark_job.writing.parquet import ParquetDataset, file_name

NOW = datetime(2026, 1, 2, 15, 4, 5, 6, UTC)
NO_ROWS = SCHEMA.empty_table().append_column("window_date", pa.array([], pa.string()))
LONGER = msgspec.structs.replace(NOTE, window_length="2 minutes")


WHOLE = topic({0: 0}, {0: 500})


def nobody_asks(_: Topic, moment: datetime) -> dict[int, Since]:
    pytest.fail(f"asked for {moment}")


def from_70(_: Topic, moment: datetime) -> dict[int, Since]:
    """Answer for records from the watermark, 900 s, less the longer window and the skew on."""
    assert moment == at(720)
    return {0: Since(70)}


def prepare(root: Path, note: Note, there: Topic, find=nobody_asks) -> Start:
    return checkpoint.prepare(root, note, there, NOW, dataset=files_in(root), find=find)


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A checkpoint that has read the first 120 records, and planned to read up to 200."""
    start = prepare(tmp_path, NOTE, WHOLE)
    spark_ran(start.query, 100, 120, 200, watermarks_ms=(0, 900_000, 930_000), commits=2)
    return tmp_path


def files_in(root: Path) -> ParquetDataset:
    return ParquetDataset(Folder(root / "files"))


def file_of(root: Path, batch: int, date: str = "1970-01-01", query_id: str = QUERY_ID) -> Path:
    """Leave the file of a batch."""
    file = root / "files" / f"window_date={date}" / file_name(query_id, batch)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


def entries(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name != "files")


def note_of(folder: Path) -> Note:
    return msgspec.json.decode((folder / "note.json").read_bytes(), type=Note)


def test_a_first_start_writes_the_note_and_has_nothing_to_tell(tmp_path):
    start = prepare(tmp_path / "checkpoints", NOTE, WHOLE)
    assert start == (tmp_path / "checkpoints/aggregates/query", NOTE, [])
    assert entries(tmp_path / "checkpoints") == ["aggregates"]
    assert note_of(tmp_path / "checkpoints/aggregates") == NOTE


def test_a_start_with_the_same_settings_goes_on(begun):
    file = file_of(begun, 2)  # not finished: it is written once more
    assert prepare(begun, NOTE, WHOLE) == (begun / "aggregates/query", NOTE, [])
    assert next_offsets(begun / "aggregates/query", "raw") == {0: 120}
    assert file.exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"window_length": "2 minutes"}, "WINDOW_LENGTH was 1 minute, is 2 minutes"),
        ({"window_slide": "10 seconds"}, "WINDOW_SLIDE was 5 seconds, is 10 seconds"),
        ({"shuffle_partitions": 4}, "STATE_PARTITIONS was 2, is 4"),
        (
            {"state_layout": 2},
            "the layout of the state (this is another version of the job) was 1, is 2",
        ),
    ],
)
def test_with_other_settings_a_new_checkpoint_takes_over(begun, changed, told):
    note = msgspec.structs.replace(NOTE, **changed)
    start = prepare(begun, note, WHOLE, lambda *_: {0: Since(70)})
    assert start.query == begun / "aggregates/query-2"
    assert start.note == note_of(begun / "aggregates")
    assert start.note == msgspec.structs.replace(
        note, query="query-2", begins={0: 70}, final_until=format_time(at(900)),
        counted_until={0: 120},
    )  # fmt: skip
    goes_on = "goes on with the windows that end after 1970-01-01 00:15:00 UTC"
    assert start.notices == [f"{told}: a new checkpoint takes over, and {goes_on}"]
    assert entries(begun / "aggregates") == ["note.json"]  # Spark makes its folder itself


def test_a_new_checkpoint_is_asked_for_once(begun):
    first = prepare(begun, LONGER, WHOLE, from_70)
    assert prepare(begun, LONGER, WHOLE) == first._replace(notices=[])


def test_before_a_new_checkpoint_has_done_anything_another_may_take_over_from_it(begun):
    prepare(begun, LONGER, WHOLE, from_70)
    back = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(90)})
    assert back.note == msgspec.structs.replace(
        NOTE, query="query-3", begins={0: 90}, final_until=format_time(at(900)),
        counted_until={0: 120},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("watermark_s", "end", "final_s", "counted"), [(800, 90, 900, 120), (950, 300, 950, 300)]
)
def test_what_is_written_stays_written_over_further_moves(
    begun, watermark_s, end, final_s, counted
):
    start = prepare(begun, LONGER, WHOLE, from_70)
    spark_ran(start.query, end, watermarks_ms=[watermark_s * 1000], commits=1)
    start = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(80)})
    assert start.note.final_until == format_time(at(final_s))
    assert start.note.counted_until == {0: counted}
    assert start.note.begins == {0: 80}


def test_files_of_batches_that_were_not_finished_go_before_a_new_checkpoint_takes_over(begun):
    gone = [file_of(begun, 2), file_of(begun, 2, "1970-01-02")]
    kept = [
        file_of(begun, 1),
        file_of(begun, 2, query_id="another"),
        file_of(begun, 2, "1970-01-02").with_name("hour-01-1.parquet"),
    ]
    kept[-1].touch()
    prepare(begun, LONGER, WHOLE, from_70)
    assert not any(file.exists() for file in gone)
    assert all(file.exists() for file in kept)


def test_a_batch_that_is_in_the_dataset_but_not_in_spark_s_log_counts_as_written(begun):
    file = file_of(begun, 2)
    files_in(begun).write(NO_ROWS, Commit(QUERY_ID, 2, NOTE.origin, at(930)))
    start = prepare(begun, LONGER, WHOLE, lambda *_: {0: Since(70)})
    assert start.note.final_until == format_time(at(930))
    assert start.note.unsent_after == format_time(at(900))  # it may not have got to the topic
    assert start.note.unsent_length == "1 minute"
    assert file.exists()


def test_from_a_copy_that_is_older_than_the_dataset_a_new_checkpoint_takes_over(begun):
    """The numbers of batches that are written since would come again, for other windows."""
    files_in(begun).write(NO_ROWS, Commit(QUERY_ID, 9, NOTE.origin, at(990)))
    kept, gone = file_of(begun, 9), file_of(begun, 10)
    start = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(170)})
    assert start.note == msgspec.structs.replace(
        NOTE, query="query-2", begins={0: 120}, final_until=format_time(at(990)),
        counted_until={0: 120}, unsent_after=format_time(at(900)), unsent_length="1 minute",
    )  # fmt: skip
    (notice,) = start.notices
    assert notice == (
        "the dataset has later windows than the checkpoint, which is an old copy: a new checkpoint"
        " takes over, and goes on with the windows that end after 1970-01-01 00:16:30 UTC"
    )
    assert (kept.exists(), gone.exists()) == (True, False)
    assert prepare(begun, NOTE, WHOLE) == start._replace(notices=[])


def test_what_has_expired_since_an_old_copy_was_made_may_have_been_read(begun):
    files_in(begun).write(NO_ROWS, Commit(QUERY_ID, 9, NOTE.origin, at(990)))
    start = prepare(begun, NOTE, topic({0: 130}, {0: 500}), lambda *_: {0: Since(170)})
    assert start.note.begins == {0: 130}
    (notice,) = start.notices
    assert notice.startswith("the dataset has later windows than the checkpoint")


def test_from_an_old_copy_only_what_the_dataset_s_last_batch_brought_is_sent_again(begun):
    """Since the copy there may be windows of weeks, which have been sent."""
    last = {"query": QUERY_ID, "batch": 9, "final_until": format_time(at(990))}
    final = last | {"begins": format_time(at(985))}
    Folder(begun / "files").put(FINAL_UNTIL, json.dumps({NOTE.origin: final}).encode())
    start = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(170)})
    assert start.note.unsent_after == format_time(at(984.999999))


def test_of_a_copy_without_a_batch_in_progress_what_was_left_later_goes_too(tmp_path):
    start = prepare(tmp_path, NOTE, WHOLE)
    spark_ran(start.query, 100, 120, watermarks_ms=(0, 900_000), commits=2)
    files_in(tmp_path).write(NO_ROWS, Commit("another", 3, NOTE.origin, at(990)))
    gone = file_of(tmp_path, 4, query_id="another")
    assert prepare(tmp_path, NOTE, WHOLE, lambda *_: {0: Since(70)}).query.name == "query-2"
    assert not gone.exists()


def test_from_a_copy_of_before_the_first_batch_the_job_goes_on_from_the_dataset(tmp_path):
    prepare(tmp_path, NOTE, WHOLE)
    files_in(tmp_path).write(NO_ROWS, Commit(QUERY_ID, 1, NOTE.origin, at(900)))
    start = prepare(tmp_path, NOTE, WHOLE, lambda *_: {0: Since(40)})
    assert start.note == note_of(tmp_path / "aggregates")
    assert start.note == msgspec.structs.replace(
        NOTE, begins={0: 40}, final_until=format_time(at(900)), unsent_after=format_time(at(840))
    )


def test_settings_that_change_before_the_first_batch_do_not_bring_back_what_was_counted(tmp_path):
    prepare(tmp_path, NOTE, WHOLE)
    files_in(tmp_path).write(NO_ROWS, Commit(QUERY_ID, 1, NOTE.origin, at(900)))
    assert prepare(tmp_path, NOTE, WHOLE, lambda *_: {0: Since(40)}).note.begins == {0: 40}
    start = prepare(tmp_path, LONGER, WHOLE, lambda *_: {0: Since(30)})
    assert start.query.name == "query-2"
    assert start.note.begins == {0: 30}


def test_from_a_copy_whose_last_batch_brought_the_dataset_s_last_windows_the_job_goes_on(begun):
    files_in(begun).write(NO_ROWS, Commit(QUERY_ID, 2, NOTE.origin, at(930)))
    assert prepare(begun, NOTE, WHOLE) == (begun / "aggregates/query", NOTE, [])


def test_without_a_checkpoint_the_job_goes_on_from_the_dataset(begun):
    written, beyond = file_of(begun, 1), file_of(begun, 2)
    files_in(begun).write(NO_ROWS, Commit(QUERY_ID, 1, NOTE.origin, at(900)))
    shutil.rmtree(begun / "aggregates")

    def from_40(_: Topic, moment: datetime) -> dict[int, Since]:
        assert moment == at(900 - 60 - 60)  # the window's length and the largest skew
        return {0: Since(40)}

    start = prepare(begun, NOTE, WHOLE, from_40)
    assert start.note == msgspec.structs.replace(
        NOTE, begins={0: 40}, final_until=format_time(at(900)), unsent_after=format_time(at(840))
    )
    (notice,) = start.notices
    assert notice == (
        "there is no checkpoint, and the dataset has the windows that end by 1970-01-01 00:15:00"
        " UTC: reading goes on with those after them"
    )
    assert (written.exists(), beyond.exists()) == (True, False)


@pytest.mark.parametrize(
    ("begins", "unsent_after"), [({"begins": format_time(at(305))}, at(304.999999)), ({}, at(840))]
)
def test_without_a_checkpoint_all_that_the_last_batch_brought_is_sent_again(
    begun, begins, unsent_after
):
    final = {"query": QUERY_ID, "batch": 1, "final_until": format_time(at(900))} | begins
    Folder(begun / "files").put(FINAL_UNTIL, json.dumps({NOTE.origin: final}).encode())
    shutil.rmtree(begun / "aggregates")
    start = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(40)})
    assert start.note.unsent_after == format_time(unsent_after)  # older versions: a minute


def test_a_dataset_of_another_topic_does_not_say_where_to_begin(begun):
    files_in(begun).write(NO_ROWS, Commit(QUERY_ID, 1, "raw topic-b", at(900)))
    shutil.rmtree(begun / "aggregates")
    assert prepare(begun, NOTE, WHOLE) == (begun / "aggregates/query", NOTE, [])


def test_where_no_batch_is_finished_a_new_checkpoint_begins_at_the_start(tmp_path):
    start = prepare(tmp_path, NOTE, WHOLE)
    spark_ran(start.query, 100, commits=0)
    file = file_of(tmp_path, 0)
    start = prepare(tmp_path, LONGER, WHOLE)
    assert start.note == msgspec.structs.replace(LONGER, query="query-2")
    (notice,) = start.notices
    assert notice.startswith(
        "WINDOW_LENGTH was 1 minute, is 2 minutes: a new checkpoint takes over"
    )
    assert notice.endswith("and begins at the start")
    assert not file.exists()


def test_what_a_new_checkpoint_can_no_longer_read_is_told(begun):
    there = topic({0: 150}, {0: 500})
    start = prepare(begun, LONGER, there, lambda *_: {0: Since(150, at(1000))})
    assert start.note.begins == {0: 150}
    _, lost, incomplete = start.notices
    assert lost == "partition 0: offsets 120 to 149 (30 records) expired before they were read"
    assert incomplete.startswith(
        "windows that end after 1970-01-01 00:15:00 UTC and begin before 1970-01-01 00:17:40 UTC"
    )
    assert incomplete.endswith("some of their events have expired in Kafka")


def test_another_topic_stops_the_start_and_says_so(begun):
    with pytest.raises(CheckpointError) as error:
        prepare(begun, msgspec.structs.replace(LONGER, topic="other"), WHOLE)
    assert "KAFKA_TOPIC was raw, is other" in str(error.value)
    assert "make reset" in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2
    assert next_offsets(begun / "aggregates/query", "raw") == {0: 120}  # nothing was touched


def test_another_broker_sets_the_checkpoint_aside(begun):
    note = msgspec.structs.replace(LONGER, cluster_id="cluster-b")
    start = prepare(begun, note, topic({0: 0}, {0: 3}, "cluster-b"))
    aside = "aggregates.set-aside-20260102T150405.000006Z"
    assert entries(begun) == ["aggregates", aside]
    assert note_of(begun / "aggregates") == start.note == note
    assert next_offsets(start.query, "raw") is None
    assert next_offsets(begun / aside / "query", "raw") == {0: 120}
    (notice,) = start.notices
    assert "another Kafka cluster" in notice
    assert aside in notice


def forget_id(root: Path) -> None:
    """Leave the note as versions left it that did not write down the topic's id."""
    note = msgspec.structs.replace(note_of(root / "aggregates"), topic_id=None)
    (root / "aggregates/note.json").write_bytes(msgspec.json.encode(note))


@pytest.mark.parametrize("latest", [{0: 119}, {1: 500}])
def test_of_a_topic_whose_id_is_not_known_fewer_records_say_that_it_was_made_anew(begun, latest):
    forget_id(begun)
    start = prepare(begun, NOTE, topic(dict.fromkeys(latest, 0), latest))
    assert start.notices[0].startswith(
        "topic raw was deleted and created again: the old checkpoint is set aside"
    )
    assert next_offsets(start.query, "raw") is None


def test_of_a_topic_whose_id_is_not_known_fewer_partitions_say_that_it_was_made_anew(begun):
    forget_id(begun)
    committed = begun / "aggregates/query/offsets/1"
    *head, _ = committed.read_text().splitlines()
    plan = Plan({0: 120, 1: 0}, {0: 100, 1: 0}, {}, 900_000)  # nothing has come into partition 1
    committed.write_text("\n".join([*head, encode(plan, "raw")]))
    start = prepare(begun, NOTE, WHOLE)
    assert "created again" in start.notices[0]


def test_of_a_topic_whose_id_is_not_known_records_that_came_later_say_that_it_was_made_anew(begun):
    forget_id(begun)

    def from_119(_: Topic, moment: datetime) -> dict[int, Since]:
        assert moment == at(PLANNED_S + 60)  # clocks may be so far apart
        return {0: Since(119)}

    start = prepare(begun, NOTE, WHOLE, from_119)
    assert start.notices[0].startswith(
        "topic raw was deleted and created again: the old checkpoint is set aside"
    )
    assert next_offsets(start.query, "raw") is None


@pytest.mark.parametrize("batches", [1, 3])
@pytest.mark.parametrize("known", [None, "topic-a"])
def test_of_a_topic_that_is_the_same_the_id_is_not_needed(tmp_path, known, batches):
    note = msgspec.structs.replace(NOTE, topic_id=known)
    spark_ran(prepare(tmp_path, NOTE, WHOLE).query, *range(100, 100 + batches), commits=batches)
    forget_id(tmp_path)
    end = 99 + batches
    start = prepare(tmp_path, note, WHOLE, lambda *_: {0: Since(end)})
    assert start == (tmp_path / "aggregates/query", note, [])
    assert next_offsets(start.query, "raw") == {0: end}


def test_before_a_batch_is_done_nothing_depends_on_which_topic_it_is(tmp_path):
    spark_ran(prepare(tmp_path, NOTE, WHOLE).query, 100, commits=0)
    forget_id(tmp_path)
    assert prepare(tmp_path, NOTE, WHOLE).notices == []


def test_a_topic_made_anew_is_known_by_what_was_counted_before_a_move(begun):
    prepare(begun, LONGER, WHOLE, from_70)
    forget_id(begun)
    start = prepare(begun, LONGER, topic({0: 0}, {0: 119}))
    assert "created again" in start.notices[0]
    assert start.note == LONGER


def test_where_kafka_has_lost_records_that_were_read_a_new_checkpoint_takes_over(begun):
    there = topic({0: 0}, {0: 110})
    start = prepare(begun, NOTE, there, lambda *_: {0: Since(70)})
    assert start.note == msgspec.structs.replace(
        NOTE, query="query-2", begins={0: 70}, final_until=format_time(at(900)),
        counted_until={0: 110},
    )  # fmt: skip
    (notice,) = start.notices
    assert notice == (
        "Kafka has lost records of partition 0 that had been read (offsets 110 to 119), which open"
        " windows may lack: a new checkpoint takes over, and goes on with the windows that end"
        " after 1970-01-01 00:15:00 UTC"
    )
    assert prepare(begun, NOTE, there) == start._replace(notices=[])


def test_where_kafka_has_lost_records_of_a_batch_that_was_begun_none_waits_for_them(begun):
    file = file_of(begun, 2)
    there = topic({0: 0}, {0: 150})  # batch 2 was to read up to 200
    start = prepare(begun, NOTE, there, lambda *_: {0: Since(70)})
    assert (start.note.query, start.note.begins) == ("query-2", {0: 70})
    assert start.note.counted_until == {0: 120}
    (notice,) = start.notices
    assert notice.startswith(
        "Kafka has lost records of partition 0 that had been read (offsets 150 to 199), which open"
        " windows may lack: a new checkpoint takes over"
    )
    assert not file.exists()


def test_where_kafka_has_lost_records_of_the_first_batch_it_begins_at_the_start(tmp_path):
    start = prepare(tmp_path, NOTE, WHOLE)
    spark_ran(start.query, 100, commits=0)
    start = prepare(tmp_path, NOTE, topic({0: 0}, {0: 99}))
    assert start.note == msgspec.structs.replace(NOTE, query="query-2")
    assert "(offsets 99 to 99)" in start.notices[0]


def test_what_kafka_has_lost_is_known_before_a_new_checkpoint_has_read_as_far(begun):
    prepare(begun, LONGER, WHOLE, from_70)
    start = prepare(begun, LONGER, topic({0: 0}, {0: 60}), lambda *_: {0: Since(60)})
    assert "Kafka has lost records of partition 0" in start.notices[0]
    assert (start.note.begins, start.note.counted_until) == ({0: 60}, {0: 60})


def test_a_topic_made_anew_is_known_by_its_id_however_much_it_holds(begun):
    start = prepare(begun, msgspec.structs.replace(NOTE, topic_id="topic-b"), WHOLE)
    assert "created again" in start.notices[0]
    assert next_offsets(start.query, "raw") is None


def test_a_note_of_an_older_version_is_read_and_brought_up_to_date(begun):
    path = begun / "aggregates/note.json"
    path.write_text(
        '{"state_layout":1,"window_length":"1 minute","window_slide":"5 seconds",'
        '"shuffle_partitions":2,"topic":"raw","cluster_id":"cluster-a"}'
    )
    note = msgspec.structs.replace(NOTE, max_future_skew="2 minutes")
    start = prepare(begun, note, WHOLE, lambda *_: {0: Since(500)})
    assert start == (begun / "aggregates/query", note, [])
    assert note_of(begun / "aggregates") == note


def test_partitions_that_were_added_are_reported_and_the_checkpoint_goes_on(begun):
    start = prepare(begun, NOTE, topic({0: 120, 1: 7, 2: 0}, {0: 500, 1: 9, 2: 0}))
    (notice,) = start.notices
    assert "has 3 partitions, and had 1" in notice
    assert next_offsets(start.query, "raw") == {0: 120}


def test_offsets_that_expired_are_reported(begun):
    start = prepare(begun, NOTE, topic({0: 150}, {0: 500}))
    assert start.notices == [
        "partition 0: offsets 120 to 149 (30 records) expired before they were read"
    ]


@pytest.mark.parametrize("source", ["Spark's", "the job's"])
def test_offsets_that_expired_before_the_first_batch_was_done_are_reported_too(tmp_path, source):
    start = prepare(tmp_path, NOTE, WHOLE)
    spark_ran(start.query, 100, commits=0, first=10)
    if source == "the job's":
        (start.query / "sources/0/0").unlink()
    assert prepare(tmp_path, NOTE, topic({0: 10}, {0: 500})).notices == []
    assert len(prepare(tmp_path, NOTE, topic({0: 11}, {0: 500})).notices) == 1


def test_offsets_that_expired_before_a_new_checkpoint_s_first_batch_are_reported_too(begun):
    prepare(begun, LONGER, WHOLE, from_70)
    assert prepare(begun, LONGER, topic({0: 71}, {0: 500})).notices == [
        "partition 0: offsets 70 to 70 (1 records) expired before they were read"
    ]


def test_a_checkpoint_that_has_read_nothing_takes_any_settings(tmp_path):
    (prepare(tmp_path, NOTE, WHOLE).query / "sources/0").mkdir(parents=True)
    other = msgspec.structs.replace(LONGER, cluster_id="cluster-b", topic="other")
    assert prepare(tmp_path, other, WHOLE).notices == []
    assert note_of(tmp_path / "aggregates") == other
    assert entries(tmp_path) == ["aggregates"]
    assert entries(tmp_path / "aggregates") == ["note.json"]


SPOILT = [
    msgspec.json.encode(msgspec.to_builtins(NOTE) | spoilt)
    for spoilt in (
        {"final_until": "1970-01-41T00:15:00.000000Z"},
        {"unsent_after": "1970"},
        {"max_future_skew": "1 minuue"},
        {"window_length": "1 minuue"},
        {"unsent_length": ""},
    )
]
DAMAGES = [
    ("note.json", [None, b"", b"{}", b"{", b"\xff", b'{"topic":"\xff"}', *SPOILT]),
    ("query/metadata", [None, b"", b"{}", b"\xff", b'{"id":"\xff"}']),
    ("query/offsets/1", [None, b"", b"v1\n{}\n{}"]),  # of the last batch that is finished
    ("query/offsets/2", [b"", b"v1\n{\n{"]),  # of one that is not
    ("query/commits/1", [b"", b"v1\n{", b"v1"]),
]


@pytest.mark.parametrize(
    ("name", "content"), [(name, it) for name, contents in DAMAGES for it in contents]
)
def test_a_damaged_checkpoint_is_set_aside_and_the_job_goes_on_from_the_dataset(
    begun, name, content
):
    written, beyond = file_of(begun, 1), file_of(begun, 2)
    files_in(begun).write(NO_ROWS, Commit(QUERY_ID, 1, NOTE.origin, at(900)))
    path = begun / "aggregates" / name
    path.unlink() if content is None else path.write_bytes(content)
    start = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(40)})
    aside = begun / "aggregates.set-aside-20260102T150405.000006Z"
    assert start.note == msgspec.structs.replace(
        NOTE, begins={0: 40}, final_until=format_time(at(900)), unsent_after=format_time(at(840))
    )
    damaged, goes_on = start.notices
    assert damaged.startswith(f"{path} cannot be read (")
    assert damaged.endswith(f"): the old checkpoint is set aside as {aside}")
    assert goes_on.startswith("there is no checkpoint, and the dataset has the windows that end by")
    assert (written.exists(), beyond.exists()) == (True, False)
    assert next_offsets(start.query, "raw") is None
    assert (aside / "query/offsets/0").exists()
    assert prepare(begun, NOTE, WHOLE).notices == []


def test_from_a_damaged_state_a_new_checkpoint_takes_over_with_all_that_is_known(begun):
    query = prepare(begun, NOTE, WHOLE).query
    with pytest.raises(StateDamagedError), counted(query):
        raise StateDamagedError("Stream is corrupted")
    kept, gone = file_of(begun, 1), file_of(begun, 2)
    start = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(70)})
    assert start.note == msgspec.structs.replace(
        NOTE, query="query-2", begins={0: 70}, final_until=format_time(at(900)),
        counted_until={0: 120},
    )  # fmt: skip
    (notice,) = start.notices
    assert notice == (
        "the state is damaged (Stream is corrupted): a new checkpoint takes over, and goes on with"
        " the windows that end after 1970-01-01 00:15:00 UTC"
    )
    assert (kept.exists(), gone.exists()) == (True, False)
    assert prepare(begun, NOTE, WHOLE).notices == []


def test_a_kill_while_the_note_is_written_leaves_a_start_like_the_first(tmp_path):
    new = tmp_path / ".aggregates.new"
    new.mkdir()
    (new / ".note.json.tmp").write_bytes(b"{")
    assert prepare(tmp_path, NOTE, WHOLE).notices == []
    assert entries(tmp_path) == ["aggregates"]
    assert [path.name for path in (tmp_path / "aggregates").iterdir()] == ["note.json"]


def test_a_kill_after_the_old_checkpoint_was_set_aside_leaves_a_start_like_the_first(begun):
    (begun / "aggregates").rename(begun / "aggregates.set-aside-20260102T150405.000006Z")
    assert prepare(begun, NOTE, WHOLE).notices == []
    assert len(entries(begun)) == 2


def test_a_broker_that_goes_away_leaves_the_old_checkpoint_as_it_was(begun):
    def away(*_) -> dict[int, Since]:
        raise NotReadyError

    file = file_of(begun, 2)
    with pytest.raises(NotReadyError):
        prepare(begun, LONGER, WHOLE, away)
    assert note_of(begun / "aggregates") == NOTE
    assert next_offsets(begun / "aggregates/query", "raw") == {0: 120}
    assert file.exists()


class Killed(BaseException):
    pass


STEPS = ("find", "remove_unfinished", "write_note", "_sweep")


def killed_at(step: str, root: Path, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """Start with longer windows, and die at a step of the move, before or after it is done."""

    def dies(do: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            if after:
                do(*arguments)
            raise Killed

        return run

    with monkeypatch.context() as patch:
        if step == "_sweep":  # the first is that of the start
            sweep, calls = checkpoint._sweep, []
            patch.setattr(
                checkpoint, step,
                lambda *it: calls.append(it) or (dies(sweep) if len(calls) > 1 else sweep)(*it),
            )  # fmt: skip
        elif step == "remove_unfinished":
            patch.setattr(ParquetDataset, step, dies(getattr(ParquetDataset, step)))
        elif step != "find":
            patch.setattr(checkpoint, step, dies(getattr(checkpoint, step)))
        with pytest.raises(Killed):
            prepare(root, LONGER, WHOLE, dies(from_70) if step == "find" else from_70)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_at_any_step_the_next_start_takes_over_all_the_same(
    begun, monkeypatch, step, after
):
    kept, gone = file_of(begun, 1), file_of(begun, 2)
    killed_at(step, begun, monkeypatch, after=after)
    start = prepare(begun, LONGER, WHOLE, from_70)
    assert start.note == msgspec.structs.replace(
        LONGER, query="query-2", begins={0: 70}, final_until=format_time(at(900)),
        counted_until={0: 120},
    )  # fmt: skip
    assert start.query == begun / "aggregates/query-2"
    assert entries(begun / "aggregates") == ["note.json"]
    assert kept.exists()
    assert not gone.exists()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_at_any_step_the_settings_may_be_set_back(begun, monkeypatch, step, after):
    killed_at(step, begun, monkeypatch, after=after)
    start = prepare(begun, NOTE, WHOLE, lambda *_: {0: Since(80)})
    if start.query.name == "query":  # the old one, whole
        assert start == (begun / "aggregates/query", NOTE, [])
        assert next_offsets(start.query, "raw") == {0: 120}
    else:
        assert start.note == msgspec.structs.replace(
            NOTE, query="query-3", begins={0: 80}, final_until=format_time(at(900)),
            counted_until={0: 120},
        )  # fmt: skip


def test_an_old_checkpoint_of_which_only_a_part_was_removed_goes_with_the_next_start(begun):
    shutil.copytree(begun / "aggregates/query", begun / "old")
    prepare(begun, LONGER, WHOLE, from_70)
    (begun / "old").rename(begun / "aggregates/query")
    (begun / "aggregates/query/offsets/1").unlink()
    (begun / "aggregates/not-ours").mkdir()
    assert prepare(begun, LONGER, WHOLE).query.name == "query-2"
    assert entries(begun / "aggregates") == ["not-ours", "note.json"]


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["1 minute", "2 minutes"]),
        st.integers(0, 500),  # how far it has read, as a batch that is done
        st.integers(0, 2000),  # its watermark
    ),
    min_size=1,
    max_size=6,
)


@given(moves=MOVES)
def test_however_often_it_moves_what_is_written_and_counted_only_grows(tmp_path_factory, moves):
    root = tmp_path_factory.mktemp("checkpoints")
    written_s, counted = 0, 0
    for number, (length, end, watermark_s) in enumerate(moves):
        note = msgspec.structs.replace(NOTE, window_length=length)
        start = prepare(root, note, WHOLE, lambda *_: {0: Since(0)})
        assert start.note.final_until == (format_time(at(written_s)) if written_s else None)
        assert start.note.counted_until == ({0: counted} if start.note.counted_until else {})
        if start.query.exists():  # it goes on with the one of before
            shutil.rmtree(start.query)
        spark_ran(start.query, end, watermarks_ms=[watermark_s * 1000], commits=1)
        if number + 1 < len(moves) and moves[number + 1][0] != length:
            written_s, counted = max(written_s, watermark_s), max(counted, end)


def test_the_note_is_json_that_a_person_can_read(begun):
    prepare(begun, LONGER, WHOLE, from_70)
    assert json.loads((begun / "aggregates/note.json").read_bytes()) == {
        "state_layout": 1,
        "window_length": "2 minutes",
        "window_slide": "5 seconds",
        "shuffle_partitions": 2,
        "topic": "raw",
        "cluster_id": "cluster-a",
        "topic_id": "topic-a",
        "max_future_skew": "1 minute",
        "query": "query-2",
        "begins": {"0": 70},
        "final_until": "1970-01-01T00:15:00.000000Z",
        "counted_until": {"0": 120},
        "begun": None,
        "small_until": {},
        "unsent_after": None,
        "unsent_length": None,
        "damage": None,
    }
