import asyncio
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from recordings import as_parquet, feed, play, play_into
from structlog.testing import capture_logs

from producer.errors import FeedError
from producer.feeds.replay import recording
from producer.feeds.replay.files.json import documents
from producer.feeds.replay.files.json.elements import elements

ROWS = [
    "2000-03-01,IBM,100.31,10807800",
    "2000-03-01,AAPL,130.31,",
    "2000-03-02T09:30:00+02:00,IBM,103.12,11192900",
]
TIMES = [datetime(2000, 3, 1, tzinfo=UTC)] * 2 + [datetime(2000, 3, 2, 7, 30, tzinfo=UTC)]


def write(path, rows=ROWS):
    path.write_text("\n".join(["time,symbol,price,volume", *rows]) + "\n")
    return path


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "a.csv")


async def test_times_stay_as_they_are_in_the_file(path, time):
    quotes = await play(feed(path, time))
    assert [quote.event_time for quote in quotes] == TIMES
    assert {quote.source for quote in quotes} == {"replay"}


async def test_moved_to_now_the_spacing_is_divided_by_the_speed(path, time):
    began = time.now
    quotes = await play(feed(path, time, speed=3600, original=False))
    spacing = timedelta(hours=31, minutes=30) / 3600
    assert [quote.event_time for quote in quotes] == [began, began, began + spacing]
    assert time.now == began + spacing


async def test_moved_to_now_as_fast_as_possible_has_the_time_of_publishing(path, time):
    quotes = await play(feed(path, time, original=False))
    assert {quote.event_time for quote in quotes} == {time.now}


async def ahead_of_the_clock(folder, time, meanwhile):
    """Give by how many seconds four rows, a second apart, are ahead; something is after two."""
    rows = [f"2000-03-01T00:00:0{second},IBM,1,1" for second in range(4)]
    it = feed(write(folder / "a.csv", rows), time, speed=1, original=False)
    ahead = []
    async for block in it.blocks():
        ahead += [(quote.event_time - time.now).total_seconds() for quote in block]
        if len(ahead) == 2:
            meanwhile()
    return ahead


@pytest.mark.parametrize(("back_s", "ahead_s"), [(3600, 0), (60, 60)])
async def test_a_clock_set_back_moves_rows_that_would_be_refused(tmp_path, time, back_s, ahead_s):
    def set_back():
        time.now -= timedelta(seconds=back_s)

    assert await ahead_of_the_clock(tmp_path, time, set_back) == [0, 0, ahead_s, ahead_s]


@pytest.mark.parametrize(("stalled_s", "ahead_s"), [(0, [0, 0]), (3600, [-3599, -3598])])
async def test_after_a_machine_slept_rows_go_on_at_the_time_of_the_clock(
    tmp_path, time, stalled_s, ahead_s
):
    def sleep():
        time.now += timedelta(hours=8)  # the monotonic clock stood still
        time.pass_by(stalled_s)  # what this leaves is caught up

    assert await ahead_of_the_clock(tmp_path, time, sleep) == [0, 0, *ahead_s]


async def test_only_the_symbols_asked_for(path, time):
    it = feed(path, time, symbols=("AAPL",))
    assert [quote.symbol for quote in await play(it)] == ["AAPL"]
    assert it.status.outcomes == {"heading": 1, "rows": 1, "other_symbol": 2}


async def play_and_keep(it, most=10_000):
    quotes = await play(it, most)
    if quotes:
        it.acknowledged(quotes)
    it.keep()
    return quotes


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "out of order"])
async def test_a_restart_goes_on_where_it_was_and_does_not_play_it_again(tmp_path, time, order):
    path = write(tmp_path / "a.csv", ROWS[::order])
    first = [quote.price for quote in await play_and_keep(feed(path, time), 2)]
    assert sorted(first) == [100.31, 130.31]
    assert [quote.price for quote in await play_and_keep(feed(path, time))] == [103.12]
    last = feed(path, time)
    assert await play(last) == []
    assert last.newest == TIMES[-1]


@pytest.mark.parametrize(
    "other", [{"speed": 1e9}, {"destination": "b"}, {"symbols": ("IBM", "AAPL")}]
)
async def test_played_otherwise_or_elsewhere_it_begins_at_its_start(path, time, other):
    await play_and_keep(feed(path, time))
    assert len(await play(feed(path, time, **other))) == 3


async def test_a_file_with_other_rows_is_played_from_its_start(path, time):
    await play_and_keep(feed(path, time))
    write(path, [*ROWS, "2000-03-03,IBM,1.5,1"])
    assert len(await play(feed(path, time))) == 4


async def test_every_line_is_accounted_for_and_what_became_of_them_is_logged(tmp_path, time):
    it = feed(write(tmp_path / "a.csv", ["x,IBM,1,1", "", *ROWS, "2000-03-03,IBM"]), time)
    with capture_logs() as logs:
        assert len(await play(it)) == 3
    assert it.status.outcomes == {"heading": 1, "rows": 3, "bad_row": 2, "blank": 1}
    (read,) = (it for it in logs if it["event"] == "the file is read")
    assert {name: read[name] for name in ("read", "heading", "rows", "bad_row", "blank")} == {
        "read": 7, "heading": 1, "rows": 3, "bad_row": 2, "blank": 1,
    }  # fmt: skip
    bad = [(it["line"], it["why"]) for it in logs if it["event"] == "a row is left out"]
    assert bad[0][0] == 2
    assert bad[1] == (7, "2 values under 4 names")


async def test_lines_that_nothing_became_of_are_an_error(path, time, monkeypatch):
    it = feed(path, time)
    batches = list(it._recording.batches())
    lost = [some._replace(counts=some.counts._replace(rows=0)) for some in batches]
    monkeypatch.setattr(it._recording, "batches", lambda: iter(lost))
    with capture_logs() as logs:
        await play(it)
    assert it.status.last_error == "3 of 4 lines of a.csv are not accounted for"
    assert [it["log_level"] for it in logs if "accounted" in it["event"]] == ["error"]


async def test_a_hidden_file_in_a_folder_makes_no_other_recording_of_it(tmp_path, time):
    folder = tmp_path / "all"
    folder.mkdir()
    as_parquet(folder / "a.parquet", {"time": TIMES[:1], "symbol": ["IBM"], "price": [100.31]})
    assert [it.price for it in await play_and_keep(feed(folder, time))] == [100.31]
    (folder / "_SUCCESS").touch()
    assert await play_and_keep(feed(folder, time)) == []


async def test_which_columns_were_taken_is_logged_once(path, time):
    with capture_logs() as logs:
        await play(feed(path, time))
    (told,) = (it for it in logs if it["event"] == "the recording")
    assert told["columns"] == dict(zip(*[("time", "symbol", "price", "volume")] * 2, strict=True))
    assert (told["rows"], told["first"], told["newest"]) == (
        3,
        "2000-03-01T00:00:00.000000Z",
        "2000-03-02T07:30:00.000000Z",
    )


async def test_what_unit_numbers_since_1970_have_is_logged_once(tmp_path, time):
    path = write(tmp_path / "a.csv", ["1704189600000,IBM,1,1", "1704189601000,IBM,2,1"])
    with capture_logs() as logs:
        quotes = await play(feed(path, time))
    assert quotes[0].event_time == datetime(2024, 1, 2, 10, tzinfo=UTC)
    assert [it.get("numbers_since_1970") for it in logs if it["event"] == "the recording"] == [
        "milliseconds"
    ]


async def test_where_none_is_to_be_left_out_a_bad_row_ends_it_after_those_before(tmp_path, time):
    path = write(tmp_path / "a.csv", [*ROWS[:2], "2000-03-02,IBM,x,1", ROWS[2]])
    it, quotes = feed(path, time, strict=True), []
    with pytest.raises(FeedError, match=r"a\.csv, line 4: price is 'x'"):
        await play_into(quotes, it)
    assert len(quotes) == 2
    assert it.status.outcomes == {"heading": 1, "rows": 2, "bad_row": 1}


async def test_out_of_order_too_the_rows_before_a_bad_one_are_played(tmp_path, time):
    path = write(tmp_path / "a.csv", [ROWS[2], ROWS[0], "2000-03-02,IBM,x,1", ROWS[1]])
    quotes = []
    with pytest.raises(FeedError, match=r"a\.csv, line 4: price is 'x'"):
        await play_into(quotes, feed(path, time, strict=True))
    assert [quote.price for quote in quotes] == [100.31, 103.12]


async def test_after_a_bad_row_that_ended_a_sorted_file_no_row_is_left_out_with_it(tmp_path, time):
    path = write(tmp_path / "a.csv", [ROWS[2], "2000-03-02,IBM,x,1", ROWS[0], ROWS[1]])
    it, first = feed(path, time, strict=True), []
    with pytest.raises(FeedError):
        await play_into(first, it)
    it.acknowledged(first)
    it.keep()
    assert [quote.price for quote in first] == [103.12]
    assert [quote.price for quote in await play(feed(path, time))] == [100.31, 130.31, 103.12]


async def test_in_order_the_rows_after_a_bad_one_follow_once_it_is_left_out(tmp_path, time):
    path = write(tmp_path / "a.csv", [*ROWS[:2], "2000-03-02,IBM,x,1", ROWS[2]])
    it, first = feed(path, time, strict=True), []
    with pytest.raises(FeedError):
        await play_into(first, it)
    it.acknowledged(first)
    it.keep()
    assert [quote.price for quote in await play(feed(path, time))] == [103.12]


async def test_that_rows_were_sorted_is_told_in_log_and_outcomes(tmp_path, time):
    it = feed(write(tmp_path / "a.csv", ROWS[::-1]), time)
    with capture_logs() as logs:
        quotes = await play(it)
    assert [quote.price for quote in quotes] == [130.31, 100.31, 103.12]
    assert it.status.outcomes == {"heading": 1, "rows": 3, "sorted": 3}
    assert len([it for it in logs if "and are sorted by time" in it["event"]]) == 1
    assert not (tmp_path / "scratch" / "producer").exists()


def waits_of(it):
    """Note each wait of a feed with what its status says meanwhile; nothing passes."""
    waits = []

    async def sleep(seconds):
        if seconds:
            waits.append((seconds, it.status.next_quote_at))

    it._clock = replace(it._clock, sleep=sleep)
    return waits


async def test_a_long_wait_is_told_with_its_end(tmp_path, time):
    rows = ["2000-03-01T00:00Z,IBM,1,1", "2000-03-01T00:01Z,IBM,2,1", "2000-03-03,IBM,3,1"]
    it = feed(write(tmp_path / "a.csv", rows), time, speed=1)
    waits = waits_of(it)
    with capture_logs() as logs:
        await play(it)
    due = time.now + timedelta(days=2)
    assert waits == [(60.0, None), (172_800.0, due)]
    assert it.status.next_quote_at is None
    assert [it["until"] for it in logs if it["event"] == "no quote for a while"] == [
        "2026-01-04T15:04:05.000000Z"
    ]


async def test_a_wait_beyond_all_times_is_told_as_the_last_of_them(path, time):
    it = feed(path, time, speed=1e-9)
    waits = waits_of(it)
    await play(it)
    assert waits[-1][1] == datetime.max.replace(tzinfo=UTC)


async def test_rows_that_are_due_go_out_together(tmp_path, time):
    rows = [f"2000-03-01T00:00:{n // 10:02}.{n % 10},IBM,1,1" for n in range(100)]
    it = feed(write(tmp_path / "a.csv", rows), time, speed=1, original=False)
    counts = []
    async for block in it.blocks():
        counts.append(len(block))
        time.pass_by(1)
    assert sum(counts) == 100
    assert max(counts) == 10


async def test_a_file_that_is_taken_away_fails_the_feed(path, time):
    it = feed(path, time)
    path.unlink()
    with pytest.raises(FeedError, match="cannot be read"):
        await play(it)


async def test_a_stop_while_a_recording_is_hashed_waits_for_no_more_of_it(path, time, monkeypatch):
    monkeypatch.setattr(recording, "_PIECE", 1)
    it, naps = feed(path, time), []

    async def stopped(seconds):
        naps.append(seconds)
        if len(naps) == 5:
            raise asyncio.CancelledError

    it._clock = replace(it._clock, sleep=stopped)
    threads = threading.active_count()
    with pytest.raises(asyncio.CancelledError):
        await play(it)
    assert (naps, it.status.state) == ([0] * 5, "connecting")
    assert threading.active_count() == threads


async def test_a_long_document_is_looked_through_for_its_symbol_in_steps(
    tmp_path, time, monkeypatch
):
    taken = []

    def counted(*given, **named):
        for it in elements(*given, **named):
            taken.append(it)
            yield it

    monkeypatch.setattr(documents, "elements", counted)
    monkeypatch.setattr(recording, "_STEPS_AT_ONCE", 2)
    rows = [{"time": 1_704_205_800 + n, "price": 1.5} for n in range(2000)]
    for around, symbol in (({"symbol": "IBM"}, "IBM"), ({}, None)):
        taken.clear()
        (tmp_path / "a.json").write_text(json.dumps({"rows": rows} | around, indent=1))
        it = feed(tmp_path / "a.json", time)
        assert len(taken) < 1500  # a hundred for the columns, and twice 500
        if symbol:
            assert {quote.symbol for quote in await play(it)} == {symbol}
        else:
            with pytest.raises(FeedError, match="no column for symbol"):
                await play(it)


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "out of order"])
async def test_repeated_it_begins_again(tmp_path, time, order):
    path = write(tmp_path / "a.csv", [ROWS[0], ROWS[2]][::order])
    it = feed(path, time, original=False, repeat=True)
    quotes = await play(it, 5)
    assert [quote.price for quote in quotes] == [100.31, 103.12] * 2 + [100.31]
    assert it.status.outcomes["rows"] == 2


async def play_while(quotes, it, change):
    """Play a feed that ends with an error into `quotes`, of the three of its first round."""
    async for block in it.blocks():
        quotes += block
        assert len(quotes) <= 3
        change()


@pytest.mark.parametrize(
    "text",
    ["", "time,symbol,price,volume\n", "time,symbol,volume,price\n2000-03-01,IBM,1,100.31\n"],
    ids=["empty", "a heading", "other columns"],
)
async def test_repeated_it_fails_where_the_file_has_changed(path, time, text):
    it, quotes = feed(path, time, original=False, repeat=True), []
    with pytest.raises(FeedError, match=r"a\.csv has changed: restart the producer"):
        await play_while(quotes, it, lambda: path.write_text(text))
    assert len(quotes) == 3


async def test_repeated_it_does_not_go_on_where_no_row_comes(path, time, monkeypatch):
    it, quotes = feed(path, time, original=False, repeat=True), []
    no_rows = partial(monkeypatch.setattr, it._recording, "batches", lambda: iter(()))
    with pytest.raises(FeedError, match=r"a\.csv has changed: restart the producer"):
        await play_while(quotes, it, no_rows)
    assert len(quotes) == 3


async def test_event_time_goes_on_by_the_clock_once_it_is_finished(path, time):
    it = feed(path, time)
    assert not it.follows_clock
    it.status.state = "finished"
    assert it.follows_clock


@pytest.mark.parametrize("original", [False, True])
async def test_it_goes_on_by_the_clock_after_a_failure_unless_later_rows_would_be_late(
    tmp_path, time, original
):
    path = write(tmp_path / "a.csv", [*ROWS[:2], "2000-03-02,IBM,x,1"])
    it, quotes = feed(path, time, strict=True, original=original), []
    with pytest.raises(FeedError):
        await play_into(quotes, it)
    it.status.state = "failed"
    assert not it.follows_clock  # as long as nothing is in the topic
    it.acknowledged(quotes)
    assert it.follows_clock is not original


@pytest.mark.parametrize(("end", "told"), [(b"", True), (b"\n", False), (b"\r", False)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_that_the_last_row_may_be_cut_off_is_logged(tmp_path, time, end, told, encoding):
    text = "time,symbol,price\n2024-01-02,IBM,18" + end.decode()
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    with capture_logs() as logs:
        await play(feed(tmp_path / "a.csv", time))
    (found,) = (it["last_row"] for it in logs if it["event"] == "the recording")
    assert found == ("may be cut off: its line has no end" if told else None)
