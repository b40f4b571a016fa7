"""Files as people have them, each of a kind that was once read wrongly or not at all."""

import gzip
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import feed, play, play_into, read, values

from contracts.settings import SettingError
from producer.errors import FeedError

HEADING = "time,symbol,price,volume"
OPEN = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def file(tmp_path, *lines, name="a.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


THOUSANDS = (
    HEADING,
    "2024-03-04,NDX,18,226.48,100",
    "2024-03-05,NDX,17,897.72,200",
    "2024-03-06,NDX,999.5,300",
)


def test_thousands_without_quotes_are_bad_rows_with_their_lines(tmp_path):
    (row,), bad, _ = read(file(tmp_path, *THOUSANDS))
    assert (row.line, row.price, row.volume) == (4, 999.5, 300.0)
    assert [(it.line, it.why) for it in bad] == [
        (2, "5 values under 4 names"),
        (3, "5 values under 4 names"),
    ]


async def test_where_no_row_may_be_bad_it_ends_at_the_first(tmp_path, time):
    it, quotes = feed(file(tmp_path, *THOUSANDS), time, strict=True), []
    with pytest.raises(FeedError, match=r"a\.csv, line 2: 5 values under 4 names"):
        await play_into(quotes, it)
    assert quotes == []
    assert it.status.outcomes == {"heading": 1, "bad_row": 1}


def test_a_decimal_comma_without_quotes_is_a_bad_row(tmp_path):
    path = file(tmp_path, HEADING, "2024-03-04T09:00:00+01:00,SAP.DE,172,46,1000", *THOUSANDS[3:])
    _, (bad,), _ = read(path)
    assert (bad.line, bad.why) == (2, "5 values under 4 names")


@pytest.mark.parametrize(
    ("rows", "prices"),
    [
        # Only decimals by comma: what could also be thousands is not guessed at.
        (['"2,612","120,33K"', '"2,6",""'], {3: 2.6}),
        (['187.150,"1,234"', '"184,40",1'], {3: 184.4}),
        # By comma and by point: the usual reading where commas separate.
        (['187.150,"1,234"', '"184,40",1', "187.15,1"], {2: 187.15, 4: 187.15}),
        (['"2,612","1,234.5"', '"2,600","1,234,567"'], {2: 2612.0, 3: 2600.0}),
    ],
)
def test_decimals_by_comma_in_quotes_put_thousands_in_doubt(tmp_path, rows, prices):
    lines = [f"2024-01-0{n},AAPL,{it}" for n, it in enumerate(rows, 1)]
    found, bad, _ = read(file(tmp_path, HEADING, *lines))
    assert {row.line: row.price for row in found} == prices
    assert {it.line for it in bad} == set(range(2, len(rows) + 2)) - set(prices)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["01.02.2024", "31.01.2024"], ["2024-02-01", "2024-01-31"]),
        (["01.02.2024", "01.31.2024"], ["2024-01-02", "2024-01-31"]),
        (["01.02.2024", "01.02.2024"], ["2024-02-01", "2024-02-01"]),
    ],
)
def test_dates_with_points_begin_with_the_day_unless_the_file_shows_otherwise(
    tmp_path, days, expected
):
    path = file(tmp_path, HEADING, *(f"{day},AAPL,185.1,10" for day in days))
    assert [f"{time:%F}" for time, *_ in values(path)] == expected


@pytest.mark.parametrize("end", ["ok", '"cross"'])
def test_a_quote_that_is_not_closed_spoils_its_own_line_only(tmp_path, end):
    lines = [f"2024-01-02T14:30:0{n}Z,AAPL,185.{n},10,ok" for n in range(5)]
    lines[1] = lines[1].removesuffix("ok") + '"opening bell'
    lines[3] = lines[3].removesuffix("ok") + end
    rows, (bad,), counts = read(file(tmp_path, f"{HEADING},note", *lines))
    assert [row.price for row in rows] == [185.0, 185.2, 185.3, 185.4]
    assert (bad.line, bad.why) == (3, "a quote is not closed")
    assert (counts.read, counts.rows, counts.bad_row, counts.blank) == (6, 4, 1, 0)


def test_dates_have_the_offset_that_they_name(tmp_path):
    path = file(
        tmp_path, HEADING, "2020-01-31-05:00,AAPL,77.38,10", "2020-01-31+01:00,AAPL,77.38,10"
    )
    assert [time for time, *_ in values(path)] == [
        datetime(2020, 1, 31, 5, tzinfo=UTC),
        datetime(2020, 1, 30, 23, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("sentinel", "why"),
    [
        ("9999-12-31T23:59:59Z", "in the future"),
        ("9999-12-31T23:59:59-12:00", "takes ISO 8601"),
        ("9999-12-31", "in the future"),
        ("1970-01-01T00:00:00Z", "stands for a time that is lost"),
        ("0", "stands for a time that is lost"),
        ("1970-01-01 01:00:00", "stands for a time that is lost"),
        ("0001-01-01T00:00:00+14:00", "takes ISO 8601"),
        ("1900-01-01", "before 1970"),
    ],
)
@pytest.mark.parametrize("place", [1, 2, 3])
async def test_a_time_that_cannot_be_is_a_bad_row_wherever_it_stands(
    tmp_path, time, sentinel, why, place
):
    lines = [HEADING, *(f"{OPEN + n * SECOND:%FT%TZ},AAPL,{185 + n},10" for n in range(2))]
    lines.insert(place, f"{sentinel},AAPL,185.5,0")
    path = file(tmp_path, *lines)
    _, (bad,), _ = read(path)
    assert bad.line == place + 1
    assert why in bad.why
    quotes = await play(feed(path, time, speed=1.0))
    assert [quote.event_time for quote in quotes] == [OPEN, OPEN + SECOND]
    assert sum(time.slept) == 1.0


def minutes(symbol, day=2, count=390):
    times = (OPEN.replace(day=day) + timedelta(minutes=n) for n in range(count))
    return [f"{it:%FT%TZ},{symbol},{185 + n / 100:.2f},10" for n, it in enumerate(times)]


@pytest.mark.parametrize(
    "lines",
    [
        [line for symbol in ("AAPL", "IBM", "MSFT") for line in minutes(symbol)],
        [line for day in (3, 2) for line in minutes("AAPL", day)],
        [f"2024-01-{day:02},AAPL,{180 + day},1000" for day in range(11, 1, -1)],
    ],
    ids=["grouped by symbol", "newest day first", "newest first"],
)
async def test_rows_out_of_order_are_all_replayed_in_order(tmp_path, time, lines):
    it = feed(file(tmp_path, HEADING, *lines), time, speed=60.0)
    quotes = await play(it)
    assert [quote.event_time for quote in quotes] == sorted(quote.event_time for quote in quotes)
    given = sorted((line.split(",")[1], float(line.split(",")[2])) for line in lines)
    assert sorted((quote.symbol, quote.price) for quote in quotes) == given
    assert it.status.outcomes == {"heading": 1, "rows": len(lines), "sorted": len(lines)}


ONE = [(datetime(2024, 1, 2, 10, tzinfo=UTC), "AAPL", 185.1, 10.0)]
ROW = "2024-01-02T10:00:00Z,AAPL,185.1,10"


@pytest.mark.parametrize(
    "content",
    [
        '\ufeff"time","symbol","price","volume"\r\n"2024-01-02T10:00:00Z","AAPL","185.1","10"\r\n',
        f"Time,Symbol,Price,Volume\n{ROW}\n",
        "time, symbol, price, volume\n2024-01-02T10:00:00Z, AAPL, 185.1, 10\n",
        'time, symbol, price\n2024-01-02T10:00:00Z, "AAPL", 185.1\n',
        f"time\tsymbol\tprice\tvolume\n{ROW.replace(',', chr(9))}\n",
        f"time;symbol;price;volume\n{ROW.replace(',', ';')}\n",
        f"time|symbol|price|volume\n{ROW.replace(',', '|')}\n",
        f" time | symbol | price \n {ROW.rpartition(',')[0].replace(',', ' | ')} \n",
        f"time,symbol,price,volume\r{ROW}\r",
        f"time,symbol,price,volume\r\n{ROW}",
        f"\n\n{HEADING}\n\n{ROW}\n\n",
        f"Prices by somebody\n{HEADING}\n{ROW}\n",
    ],
)
def test_a_heading_is_found_however_it_is_written(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode())
    assert [row[:3] for row in values(path)] == [row[:3] for row in ONE]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_is_found(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADING}\r\n{ROW}\r\n".encode(encoding))
    assert values(path) == ONE


def test_gzip_is_known_by_what_it_holds(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(f"{HEADING}\n{ROW}\n".encode()))
    assert values(path) == ONE


def test_json_lines_may_begin_with_a_mark(tmp_path):
    path = tmp_path / "bom.jsonl"
    line = '{"time":"2024-01-02T10:00:00Z","symbol":"AAPL","price":185.1,"volume":10}\n'
    path.write_text(line * 2, "utf-8-sig")
    assert values(path) == ONE * 2


def test_a_column_that_is_there_twice_is_told_by_its_name(tmp_path):
    path = file(tmp_path, "time,symbol,price,price,volume", "2024-01-02,AAPL,187.15,185.64,1")
    with pytest.raises(SettingError, match="the column 'price' is there 2 times"):
        read(path)


def two_quotes(volume):
    return pa.table(
        {
            "time": pa.array([OPEN, OPEN + SECOND], pa.timestamp("us", "UTC")),
            "symbol": ["AAPL", "AAPL"],
            "price": [185.1, 185.2],
            "volume": pa.array([volume, 20.0]),
        }
    )


def test_a_column_of_parquet_that_is_there_twice_is_told_by_its_name(tmp_path):
    table = two_quotes(1.0)
    parquet.write_table(table.append_column("price", table["price"]), tmp_path / "a.parquet")
    with pytest.raises(SettingError, match="the column 'price' is there 2 times"):
        read(tmp_path / "a.parquet")


def test_a_folder_as_spark_writes_it_is_read(tmp_path):
    folder = tmp_path / "a.parquet"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    parquet.write_table(two_quotes(10.0), folder / "part-00000-abc.snappy.parquet")
    assert values(folder) == [(OPEN, "AAPL", 185.1, 10.0), (OPEN + SECOND, "AAPL", 185.2, 20.0)]


def test_volumes_as_people_write_them(tmp_path):
    volumes = ["49.90M", "-", '"54,149,928"', "N/A", "nan", "null", "", "1.5k"]
    lines = [f"2020-01-{n:02},AAPL,309.51,{it}" for n, it in enumerate(volumes, 1)]
    assert [row[3] for row in values(file(tmp_path, HEADING, *lines))] == [
        49_900_000.0, None, 54_149_928.0, None, None, None, None, 1_500.0,
    ]  # fmt: skip


def test_a_volume_that_is_no_number_in_parquet_is_none(tmp_path):
    parquet.write_table(two_quotes(float("nan")), tmp_path / "a.parquet")
    assert [row[3] for row in values(tmp_path / "a.parquet")] == [None, 20.0]
