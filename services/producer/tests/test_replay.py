import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet

from producer.errors import FeedError, InputError
from producer.feeds.replay import Pace, ReplayFeed
from producer.feeds.replay_file import RecordedPrices
from producer.feeds.replay_note import ReplayNote
from producer.feeds.replay_rows import BadRow, Row

ROWS = [
    ("2000-03-01", "IBM", 100.31, 10_807_800),
    ("2000-03-01", "AAPL", 130.31, None),
    ("2000-03-02T09:30:00+02:00", "IBM", 103.12, 11_192_900),
]
EXPECTED = [
    (datetime(2000, 3, 1, tzinfo=UTC), "IBM", 100.31, 10_807_800.0),
    (datetime(2000, 3, 1, tzinfo=UTC), "AAPL", 130.31, None),
    (datetime(2000, 3, 2, 7, 30, tzinfo=UTC), "IBM", 103.12, 11_192_900.0),
]


def write_csv(path, rows=ROWS):
    lines = ["time,symbol,price,volume"]
    lines += [f"{t},{s},{p},{'' if v is None else v}" for t, s, p, v in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_json(path):
    rows = [
        f'{{"time": "{t}", "symbol": "{s}", "price": {p}, "volume": {"null" if v is None else v}}}'
        for t, s, p, v in ROWS
    ]
    path.write_text("\n".join(rows))
    return path


def write_parquet(path):
    columns = {
        "time": pa.array([row[0] for row in EXPECTED], pa.timestamp("us", "UTC")),
        "symbol": [row[1] for row in ROWS],
        "price": [row[2] for row in ROWS],
        "volume": [row[3] for row in ROWS],
    }
    parquet.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (write_csv, "a.csv"),
        (write_json, "a.jsonl"),
        (write_json, "a.NDJSON"),
        (write_parquet, "a.parquet"),
    ],
)
def test_each_format_gives_the_same_rows(tmp_path, write, name):
    rows = list(RecordedPrices(write(tmp_path / name), ()).rows())
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == EXPECTED


def packed(path):
    target = path.with_name(f"{path.name}.gz")
    target.write_bytes(gzip.compress(path.read_bytes()))
    return target


@pytest.mark.parametrize(("write", "name"), [(write_csv, "a.csv"), (write_json, "a.jsonl")])
def test_in_gzip_it_is_the_same(tmp_path, write, name):
    rows = list(RecordedPrices(packed(write(tmp_path / name)), ()).rows())
    assert [(row.time, row.symbol, row.price, row.volume) for row in rows] == EXPECTED


def test_columns_may_stand_in_any_order_among_others_and_volume_may_be_missing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\ufeffprice,note,symbol,time\n\n100.31,x,IBM,2000-03-01\n", "utf-8")
    (row,) = RecordedPrices(path, ()).rows()
    assert (row.line, row.time, row.symbol, row.price, row.volume) == (
        3, EXPECTED[0][0], "IBM", 100.31, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    ["yesterday,IBM,1,1", "2000-03-01,ibm,1,1", "2000-03-01,IBM,,1", "2000-03-01,IBM,nan,1",
     "2000-03-01,IBM,0,1", "2000-03-01,IBM,1,-1", "1969-12-31,IBM,1,1", "2000-03-01", ",,,",
     "9999-12-31T23:59-12:00,IBM,1,1",
     "2000-03-01,IBM,1_0x,1", "2000-03-01,IBM,1,1e16"],
)  # fmt: skip
def test_a_bad_row_is_told_with_its_line_and_the_rest_go_on(tmp_path, bad):
    path = tmp_path / "a.csv"
    path.write_text(f"time,symbol,price,volume\n{bad}\n2000-03-01,IBM,5,1\n")
    rows = list(RecordedPrices(path, ()).rows())
    assert isinstance(rows[0], BadRow)
    assert rows[0].line == 2
    assert rows[0].why
    assert isinstance(rows[1], Row)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.csv", None, "takes a file that is there"),
        ("a.xlsx", "x", "takes a file that ends in"),
        ("a.csv", "when,symbol,price\n", "has no column time"),
        ("a.csv", "\n", "has no column time, symbol, price"),
        ("a.csv", "time\r,symbol,price\n", "has no heading: new-line character"),
        ("a.csv", "time,symbol,price\n", "no row that can be used$"),
        ("a.csv", "time,symbol,price\nx,IBM,1\n", "no row that can be used; line 2: time is 'x'"),
        ("a.jsonl", '{"symbol": "IBM"}\n', "line 1: time is 'None'"),
        ("a.jsonl", '["IBM"]\n', "line 1: no JSON object"),
        ("a.parquet", "PAR1", "is no Parquet file"),
        ("a.csv.gz", "time,symbol,price\n", "cannot be read: Not a gzipped file"),
    ],
)
def test_a_file_of_no_use_is_said_at_once(tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=said) as error:
        RecordedPrices(path, ())
    assert "\n" not in str(error.value)


def make(
    path, time, *, speed=0.0, original=True, repeat=False, symbols=(), destination="a", strict=False
):
    async def where():
        return destination

    pace = Pace(speed, original, repeat)
    note = ReplayNote(path.with_name("producer.replayed"))
    file = RecordedPrices(path, symbols)
    return ReplayFeed(file, pace, note, where, time.clock(), strict=strict)


async def play(feed, most=100):
    quotes = []
    async for quote in feed.quotes():
        quotes.append(quote)
        if len(quotes) == most:
            break
    return quotes


async def test_times_stay_as_they_are_in_the_file(tmp_path, time):
    quotes = await play(make(write_csv(tmp_path / "a.csv"), time))
    assert [quote.event_time for quote in quotes] == [row[0] for row in EXPECTED]
    assert {quote.source for quote in quotes} == {"replay"}


async def test_moved_to_now_the_spacing_is_divided_by_the_speed(tmp_path, time):
    began = time.now
    quotes = await play(make(write_csv(tmp_path / "a.csv"), time, speed=3600, original=False))
    spacing = timedelta(hours=31, minutes=30) / 3600
    assert [quote.event_time for quote in quotes] == [began, began, began + spacing]
    assert time.now == began + spacing


async def test_moved_to_now_as_fast_as_possible_has_the_time_of_publishing(tmp_path, time):
    quotes = await play(make(write_csv(tmp_path / "a.csv"), time, original=False))
    assert {quote.event_time for quote in quotes} == {time.now}


async def test_only_the_symbols_asked_for(tmp_path, time):
    quotes = await play(make(write_csv(tmp_path / "a.csv"), time, symbols=("AAPL",)))
    assert [quote.symbol for quote in quotes] == ["AAPL"]


async def play_into(quotes, feed):
    async for block in feed.blocks():
        quotes += block


async def play_and_keep(feed, most=100):
    quotes = await play(feed, most)
    if quotes:
        feed.acknowledged(quotes)
    feed.keep()
    return quotes


async def test_a_restart_goes_on_where_it_was_and_does_not_play_it_again(tmp_path, time):
    path = write_csv(tmp_path / "a.csv")
    await play_and_keep(make(path, time), 2)
    assert [quote.price for quote in await play_and_keep(make(path, time))] == [103.12]
    last = make(path, time)
    assert await play(last) == []
    assert last.newest == EXPECTED[-1][0]


@pytest.mark.parametrize(
    "other", [{"speed": 1e9}, {"destination": "b"}, {"symbols": ("IBM", "AAPL")}]
)
async def test_played_otherwise_or_elsewhere_it_begins_at_its_start(tmp_path, time, other):
    path = write_csv(tmp_path / "a.csv")
    await play_and_keep(make(path, time))
    assert len(await play(make(path, time, **other))) == 3


async def test_a_file_with_other_rows_is_played_from_its_start(tmp_path, time):
    path = write_csv(tmp_path / "a.csv")
    await play_and_keep(make(path, time))
    write_csv(path, [*ROWS, ("2000-03-03", "IBM", 1.5, 1)])
    assert len(await play(make(path, time))) == 4


async def test_rows_out_of_order_are_counted(tmp_path, time):
    feed = make(write_csv(tmp_path / "a.csv", [ROWS[2], ROWS[0], ROWS[1]]), time)
    assert len(await play(feed)) == 3
    assert feed.status.outcomes == {"out_of_order": 2}


async def test_bad_rows_are_counted_once(tmp_path, time):
    feed = make(write_csv(tmp_path / "a.csv", [("x", "IBM", 1, 1), *ROWS]), time)
    assert len(await play(feed)) == 3
    assert feed.status.outcomes == {"bad_row": 1}


async def test_where_none_is_to_be_left_out_a_bad_row_ends_it_after_those_before(tmp_path, time):
    path = write_csv(tmp_path / "a.csv", [*ROWS[:2], ("2000-03-02", "IBM", "x", 1), ROWS[2]])
    feed = make(path, time, strict=True)
    quotes = []
    with pytest.raises(FeedError, match=r"a\.csv, line 4: price is 'x'"):
        await play_into(quotes, feed)
    assert len(quotes) == 2
    assert feed.status.outcomes == {"bad_row": 1}


async def test_a_gzip_that_is_cut_off_ends_it_after_the_rows_that_are_whole(tmp_path, time):
    many = [("2000-03-01", "IBM", n, n) for n in range(1, 20_001)]
    path = packed(write_csv(tmp_path / "a.csv", many))
    path.write_bytes(path.read_bytes()[:-2000])
    quotes = []
    with pytest.raises(FeedError, match="cannot be read: damaged gzip"):
        await play_into(quotes, make(path, time))
    assert len(quotes) > 1000
    assert [quote.price for quote in quotes] == list(range(1, len(quotes) + 1))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.parquet"])
async def test_a_file_larger_than_memory_takes_little_of_it(tmp_path, time, name):
    count = 50_000
    if name == "a.jsonl":
        line = '{"time": "2000-03-01", "symbol": "IBM", "price": 100.31}\n'
        (tmp_path / name).write_text(line * count)
    elif name == "a.parquet":
        columns = {"time": [EXPECTED[0][0]] * count, "symbol": ["IBM"] * count}
        table = pa.table(columns | {"price": list(range(1, count + 1))})
        parquet.write_table(table, tmp_path / name)
    else:
        write_csv(tmp_path / "a.csv", [ROWS[0]] * count)
        packed(tmp_path / "a.csv")
    feed = make(tmp_path / name, time)
    tracemalloc.start()
    played = 0
    async for block in feed.blocks():
        played += len(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert played == count
    assert peak < 3_000_000


@pytest.mark.parametrize("last", [0, 60_000, 200_000])
def test_a_line_without_end_takes_little_memory_and_is_one_bad_row(tmp_path, last):
    path = tmp_path / "a.csv"
    row = "2000-03-01,IBM,1,1\n"
    path.write_text(f"time,symbol,price,volume\n{row}{'x,' * 4_500_000}\n{row}{'y' * last}\n{row}")
    tracemalloc.start()
    found = list(RecordedPrices(path, ()).rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [it.line for it in found if isinstance(it, Row)] == [2, 4, 6]
    assert next(it.why for it in found if isinstance(it, BadRow)) == "longer than 65536 bytes"
    assert peak < 6_000_000


def test_a_line_of_json_without_end_is_one_bad_row(tmp_path):
    path = tmp_path / "a.jsonl"
    row = '{"time": "2000-03-01", "symbol": "IBM", "price": 1}\n'
    path.write_text('{"x": "' + "x" * 9_000_000 + '"}\n' + row)
    bad, good = RecordedPrices(path, ()).rows()
    assert (bad.line, bad.why) == (1, "longer than 65536 bytes")
    assert (good.line, good.symbol) == (2, "IBM")


async def test_rows_that_are_due_go_out_together(tmp_path, time):
    rows = [(f"2000-03-01T00:00:{n // 10:02}.{n % 10}", "IBM", 1, 1) for n in range(100)]
    feed = make(write_csv(tmp_path / "a.csv", rows), time, speed=1, original=False)
    counts = []
    async for block in feed.blocks():
        counts.append(len(block))
        time.pass_by(1)
    assert sum(counts) == 100
    assert max(counts) == 10


async def test_a_file_that_is_taken_away_fails_the_feed(tmp_path, time):
    feed = make(write_csv(tmp_path / "a.csv"), time)
    (tmp_path / "a.csv").unlink()
    with pytest.raises(FeedError, match="cannot be read"):
        await play(feed)


def test_what_pandas_writes_is_read(tmp_path):
    path = tmp_path / "a.parquet"
    columns = {
        "time": pa.array([951_868_800_000_000_001], pa.timestamp("ns")),
        "symbol": pa.array(["IBM"]).dictionary_encode(),
        "price": pa.array(["100.31"]).cast(pa.decimal128(9, 2)),
        "extra": [None],
    }
    parquet.write_table(pa.table(columns), path)
    (row,) = RecordedPrices(path, ()).rows()
    assert (row.time, row.symbol, row.price, row.volume) == (EXPECTED[0][0], "IBM", 100.31, None)


async def test_repeated_it_begins_again(tmp_path, time):
    feed = make(write_csv(tmp_path / "a.csv"), time, original=False, repeat=True)
    quotes = await play(feed, 7)
    assert [quote.price for quote in quotes] == [100.31, 130.31, 103.12] * 2 + [100.31]


async def test_no_heartbeat_until_it_is_finished(tmp_path, time):
    feed = make(write_csv(tmp_path / "a.csv"), time)
    assert not feed.beats
    feed.status.state = "finished"
    assert feed.beats
