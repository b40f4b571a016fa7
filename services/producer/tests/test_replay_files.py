"""What a file is by what it holds, what is refused in which words, and how much memory it takes."""

import bz2
import gzip
import json
import tarfile
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pytest
from pyarrow import parquet
from recordings import feed, play_into, read, recording, values
from structlog.testing import capture_logs

from contracts.settings import SettingError
from producer.errors import FeedError
from producer.feeds.replay.files.file import zstd

EXPECTED = [
    (datetime(2000, 3, 1, tzinfo=UTC), "IBM", 100.31, 10_807_800.0),
    (datetime(2000, 3, 1, tzinfo=UTC), "AAPL", 130.31, None),
    (datetime(2000, 3, 2, 7, 30, tzinfo=UTC), "IBM", 103.12, 11_192_900.0),
]
OBJECTS = [
    {"time": "2000-03-01", "symbol": "IBM", "price": 100.31, "volume": 10_807_800},
    {"time": "2000-03-01", "symbol": "AAPL", "price": 130.31, "volume": None},
    {"time": "2000-03-02T09:30:00+02:00", "symbol": "IBM", "price": 103.12, "volume": 11_192_900},
]
CSV = (
    b"time,symbol,price,volume\n2000-03-01,IBM,100.31,10807800\n2000-03-01,AAPL,130.31,\n"
    b"2000-03-02T09:30:00+02:00,IBM,103.12,11192900\n"
)
LINES = "\n".join(map(json.dumps, OBJECTS)).encode()


def zipped(content):
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._a.csv", "")
        archive.writestr("a.csv", content)
    return target.getvalue()


def as_parquet():
    target = BytesIO()
    table = pa.Table.from_pylist([
        dict(zip(("time", "symbol", "price", "volume"), row, strict=True)) for row in EXPECTED
    ])  # fmt: skip
    parquet.write_table(table, target)
    return target.getvalue()


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a", "a.parquet"])
@pytest.mark.parametrize(
    "content",
    [
        CSV,
        LINES,
        LINES.replace(b"\n", b"\r\n"),
        json.dumps(OBJECTS).encode(),
        json.dumps(OBJECTS, indent=2).encode(),
        ("\ufeff" + json.dumps(OBJECTS, indent=2)).encode("utf-16-le"),
        json.dumps({"rows": OBJECTS}, indent=2).encode(),
        gzip.compress(CSV),
        gzip.compress(CSV[:60]) + gzip.compress(CSV[60:]),
        zstd.compress(LINES),
        b"\x50\x2a\x4d\x18\x04\x00\x00\x00size" + zstd.compress(LINES),
        zipped(CSV),
        as_parquet(),
    ],
    ids=range(13),
)
def test_whatever_its_name_each_form_gives_the_same_rows(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert values(tmp_path / name) == EXPECTED


TAR = BytesIO()
with tarfile.open(fileobj=TAR, mode="w:gz") as archive:
    archive.addfile(tarfile.TarInfo("a.csv"))
WORKBOOK = BytesIO()
with zipfile.ZipFile(WORKBOOK, "w") as book:
    book.writestr("[Content_Types].xml", "")
    book.writestr("xl/workbook.xml", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "takes a file that is there: .* has 'of another name.csv'$"),
        (b"", "the file is empty"),
        (b"\n", "the file is empty"),
        (b"when,symbol,price\n2000-03-01,IBM,1\n",
         ("a.csv has no column for time: it has 'when', 'symbol', 'price'; takes one of them by"
          " REPLAY_COLUMNS=time=NAME$")),
        (b"2000-03-01,IBM,1.5\n", r"takes what .* REPLAY_COLUMNS=1=time,2=symbol,3=price$"),
        (b"Date Open High Low Close\n2024-01-02 1 1 1 1\n",
         "it has 'Date Open High Low C'; takes commas, semicolons, tabs or | between values"),
        (b"when;what\n", "no column for time and price: it has 'when', 'what'"),
        (b"when;what\n", "REPLAY_COLUMNS=time=NAME,price=NAME"),
        (b"time,close\n2000-03-01,1\n", "one of them by REPLAY_COLUMNS=symbol=NAME, or.*SYMBOLS"),
        (b"date,close,Name\n2000-03-01,1,AAL\n", "one of them by REPLAY_COLUMNS=symbol=Name, or"),
        (b"time,symbol,price\n", "no row that can be used: there is none$"),
        (b"time,symbol,price\nx,IBM,1\n", "no row that can be used; line 2: time is 'x'"),
        (b'{"symbol": "IBM"}\n', "no column for time and price: it has 'symbol'"),
        (b'{"time": "x", "symbol": "IBM", "price": 1}\n', "line 1: time is 'x': takes ISO 8601"),
        (b'["IBM"]\n', "no column for time and price"),
        (b"PAR1", "is no Parquet file"),
        (b"\x1f\x8bnothing of the kind", "cannot be read"),
        (gzip.compress(as_parquet()), "is Parquet in gzip, takes CSV"),
        (gzip.compress(gzip.compress(CSV)), "is gzip in gzip"),
        (bz2.compress(CSV), "is bzip2, takes CSV, JSON lines"),
        (b"\n<!DOCTYPE html><html>", "is HTML or XML"),
        (b"\x00\x01\x02\x03", "is no text"),
        (CSV.decode().encode("utf-32"), "is UTF-32, takes CSV"),
        (b"ORC\x11\x00\x0a" + bytes(50), "is ORC, takes CSV"),
        (b"ORC\n\x0b\n\x06\x08\x01" + bytes(50), "is ORC, takes CSV"),
        (b"[]", "no column for time and price: no objects have them"),
        (TAR.getvalue(), "is tar, takes CSV"),
        (WORKBOOK.getvalue(), "the zip holds an Excel workbook, takes it saved as CSV$"),
    ],
)  # fmt: skip
def test_a_file_of_no_use_is_said_at_once_in_one_line(tmp_path, content, said):
    path = tmp_path / "a.csv"
    if content is None:
        path.with_name("of another name.csv").touch()
    else:
        path.write_bytes(content)
    with pytest.raises(SettingError, match=said) as error:
        recording(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_file_that_begins_with_orcl_is_not_told_to_be_orc(tmp_path, separator):
    row = separator.join(["ORCL", "2024-01-02T14:30:00Z", "105.3", "10"])
    (tmp_path / "a.csv").write_text(row)
    wanted = {"symbol": "1", "time": "2", "price": "3", "volume": "4"}
    time = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
    assert values(tmp_path / "a.csv", (), wanted) == [(time, "ORCL", 105.3, 10.0)]


def test_symbols_that_match_nothing_are_told_with_those_that_are_there(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV)
    with pytest.raises(SettingError, match="no row of SYMBOLS=MSFT,TSLA: it has AAPL, IBM"):
        recording(tmp_path / "a.csv", ("MSFT", "TSLA"))


async def test_a_packing_that_is_cut_off_ends_it_after_the_rows_that_are_whole(tmp_path, time):
    rows = b"".join(b"2000-03-01,IBM,%d,%d\n" % (n, n) for n in range(1, 20_001))
    for pack in (gzip.compress, zstd.compress):
        path = tmp_path / "a.csv"
        path.write_bytes(pack(CSV[:25] + rows)[:-2000])
        quotes = []
        with (
            capture_logs() as logs,
            pytest.raises(FeedError, match=r"a\.csv cannot be read: damaged (gzip|zstd)"),
        ):
            await play_into(quotes, feed(path, time))
        (told,) = (it["why"] for it in logs if "only in part" in it["event"])
        assert told.startswith("damaged ")
        assert [quote.price for quote in quotes] == list(range(1, len(quotes) + 1))
        assert len(quotes) > 1000


async def test_a_document_that_is_cut_off_ends_it_after_the_rows_that_are_whole(tmp_path, time):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(OBJECTS * 5_000)[:-100])
    quotes = []
    with pytest.raises(FeedError, match=r"a\.json cannot be read: no JSON"):
        await play_into(quotes, feed(path, time))
    assert len(quotes) > 12_500


@pytest.mark.parametrize("form", ["csv", "csv.gz", "csv.zst", "quoted", "jsonl", "json", "parquet"])
async def test_a_file_larger_than_memory_takes_little_of_it(tmp_path, time, form):
    count = 20_000
    row = '{"time": "2000-03-01", "symbol": "IBM", "price": 100.31}'
    csv = CSV[:25] + b"2000-03-01,IBM,100.31,10807800\n" * count
    contents = {
        "csv": csv,
        "csv.gz": gzip.compress(csv),
        "csv.zst": zstd.compress(csv),
        "quoted": CSV[:25] + b'"2000-03-01","IBM","100.31","10,807,800"\n' * count,
        "jsonl": (f"{row}\n" * count).encode(),
        "json": f"[{','.join([row] * count)}]".encode(),
        "parquet": b"",
    }
    path = tmp_path / "a"
    path.write_bytes(contents[form])
    if form == "parquet":
        columns = {"time": [EXPECTED[0][0]] * count, "symbol": ["IBM"] * count}
        parquet.write_table(pa.table(columns | {"price": list(range(1, count + 1))}), path)
    it = feed(path, time)
    tracemalloc.start()
    played = 0
    async for block in it.blocks():
        played += len(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert played == count
    assert peak < 3_000_000  # all of the rows at once would take 3.8 MB and more


def test_answers_in_an_array_that_hold_many_rows_each_take_little_memory(tmp_path):
    rows = [{"time": 1_704_205_800 + n, "price": 1.5} for n in range(20_000)]
    answers = [{"ticker": ticker, "results": rows} for ticker in ("AAPL", "MSFT")]
    (tmp_path / "a").write_text(json.dumps(answers))
    tracemalloc.start()
    it = recording(tmp_path / "a")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6_000_000  # one answer as a whole would take 6 MB and more
    while it.survey.step():
        pass
    assert it.survey.facts.counts.rows == 40_000
    assert {row.symbol for some in it.batches() for row in some.rows} == {"AAPL", "MSFT"}


@pytest.mark.parametrize("last", [0, 60_000, 200_000])
def test_a_line_without_end_takes_little_memory_and_is_one_bad_row(tmp_path, last):
    path = tmp_path / "a.csv"
    row = "2000-03-01,IBM,1,1\n"
    path.write_text(f"time,symbol,price,volume\n{row}{'x,' * 4_500_000}\n{row}{'y' * last}\n{row}")
    tracemalloc.start()
    rows, bad, _ = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [it.line for it in rows] == [2, 4, 6]
    assert bad[0].why == "longer than 65536 characters"
    assert peak < 6_000_000


def test_a_line_of_json_without_end_is_one_bad_row(tmp_path):
    path = tmp_path / "a.jsonl"
    row = '{"time": "2000-03-01", "symbol": "IBM", "price": 1}\n'
    path.write_text(row + '{"x": "' + "x" * 9_000_000 + '"}\n' + row)
    rows, (bad,), _ = read(path)
    assert (bad.line, bad.why) == (2, "longer than 65536 characters")
    assert [it.line for it in rows] == [1, 3]


TIME = datetime(2000, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "times",
    [
        pa.array([951_868_800_000_000_001], pa.timestamp("ns", "America/New_York")),
        pa.array([951_868_800], pa.timestamp("s")),
        pa.array([date(2000, 3, 1)], pa.date32()),
        pa.array([date(2000, 3, 1)], pa.date64()),
        pa.array(["2000-03-01"]).dictionary_encode(),
        pa.array(["2000-03-01T00:00:00Z"], pa.large_string()),
        pa.array([b"2000-03-01"], pa.binary()),
        pa.array([951_868_800_000]),
        pa.array([951_868_800.0]),
        pa.array([20_000_301]),
    ],
    ids=lambda it: str(it.type),
)
def test_times_of_parquet_are_read_whatever_their_type(tmp_path, times):
    prices = pa.array([Decimal("100.31")])
    table = pa.table({"time": times, "symbol": ["IBM"], "price": prices, "extra": [None]})
    parquet.write_table(table, tmp_path / "a", store_decimal_as_integer=True)
    assert values(tmp_path / "a") == [(TIME, "IBM", 100.31, None)]


@pytest.mark.parametrize(
    "times",
    [
        pa.array([TIME, datetime(1969, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        pa.array([951_868_800, 1 << 45], pa.timestamp("s")),
        pa.array([951_868_800, -(1 << 45)], pa.timestamp("s")),
        pa.array([951_868_800, None], pa.timestamp("s")),
        pa.array([11_017, 1 << 30], pa.int32()).cast(pa.date32()),
        pa.array([951_868_800, 5]),
        pa.array([951_868_800.0, float("nan")]),
    ],
    ids=range(7),
)
def test_one_value_of_parquet_that_cannot_be_is_one_bad_row(tmp_path, times):
    table = pa.table({"time": times, "symbol": ["IBM", "IBM"], "price": [1.0, 2.0]})
    parquet.write_table(table, tmp_path / "a")
    rows, (bad,), _ = read(tmp_path / "a")
    assert [(row.time, row.price) for row in rows] == [(TIME, 1.0)]
    assert bad.line == 2
    assert bad.why.startswith("time is ")


@pytest.mark.parametrize(
    "prices",
    [
        pa.array([1.0, float("nan")]),
        pa.array([1.0, float("inf")]),
        pa.array([1, 0]),
        pa.array([True, False]),
        pa.array(["1", "x"]),
    ],
    ids=range(5),
)
def test_prices_of_parquet_that_are_none_are_bad_rows(tmp_path, prices):
    table = pa.table({"time": [TIME, TIME], "symbol": ["IBM", "IBM"], "price": prices})
    first = {"time": [TIME], "symbol": ["IBM"], "price": [5.0]}
    folder = tmp_path / "folder"
    folder.mkdir()
    parquet.write_table(pa.table(first), folder / "a.parquet")
    parquet.write_table(table, folder / "b.parquet")
    rows, bad, _ = read(folder)
    assert rows[0].price == 5.0
    assert bad[-1].line == 3
    assert bad[-1].why.startswith("price is ")


def test_of_many_symbols_that_a_file_has_in_place_of_those_asked_for_some_are_named(tmp_path):
    rows = (f"2000-03-01,S{n:04},1.5,1" for n in range(3000))
    (tmp_path / "a.csv").write_text("\n".join(["time,symbol,price,volume", *rows]))
    with pytest.raises(SettingError, match="no row of SYMBOLS=IBM: it has S0000, S0001, ") as told:
        recording(tmp_path / "a.csv", ("IBM",))
    assert str(told.value).endswith(", S0018, S0019 and others")


def test_a_column_of_lists_is_none(tmp_path):
    parquet.write_table(pa.table({"time": [TIME], "symbol": ["IBM"], "price": [[1.0]]}),
                        tmp_path / "a")  # fmt: skip
    with pytest.raises(SettingError, match=r"no column for price: .*'symbol', 'price {}'"):
        recording(tmp_path / "a")


def test_names_of_folders_are_columns(tmp_path):
    for symbol in ("IBM", "BRK%2FB"):
        folder = tmp_path / "all" / f"symbol={symbol}"
        folder.mkdir(parents=True)
        parquet.write_table(pa.table({"time": [TIME], "price": [1.0]}), folder / "a.parquet")
    (tmp_path / "all" / "_delta_log").mkdir()
    (tmp_path / "all" / "_delta_log" / "0.json").write_text("{}")
    assert [row[1] for row in values(tmp_path / "all")] == ["BRK/B", "IBM"]


def test_a_folder_without_parquet_is_refused(tmp_path):
    (tmp_path / "all").mkdir()
    with pytest.raises(SettingError, match="is a folder without files"):
        recording(tmp_path / "all")
    (tmp_path / "all" / "a.csv").write_bytes(CSV)
    with pytest.raises(SettingError, match=r"a\.csv is no Parquet file, as all in a folder must"):
        recording(tmp_path / "all")


def test_of_a_folder_the_file_whose_columns_are_missing_is_told(tmp_path):
    (tmp_path / "all").mkdir()
    parquet.write_table(pa.table({"time": [TIME], "symbol": ["IBM"], "price": [1.0]}),
                        tmp_path / "all" / "a.parquet")  # fmt: skip
    parquet.write_table(pa.table({"other": [1]}), tmp_path / "all" / "b.parquet")
    with pytest.raises(SettingError, match=r"it has 'other';.*; in b\.parquet$"):
        recording(tmp_path / "all")


@pytest.mark.parametrize("columns", [{}, {"other": pa.array([], pa.float64())}])
def test_of_a_folder_a_file_without_rows_is_left_out_whatever_its_columns(tmp_path, columns):
    (tmp_path / "all").mkdir()
    parquet.write_table(pa.table(columns), tmp_path / "all" / "a.parquet")
    parquet.write_table(pa.table({"time": [TIME], "symbol": ["IBM"], "price": [1.0]}),
                        tmp_path / "all" / "b.parquet")  # fmt: skip
    assert [row[1:3] for row in values(tmp_path / "all")] == [("IBM", 1.0)]


def test_a_parquet_file_without_rows_is_refused_whatever_its_columns(tmp_path):
    names = ("date", "time", "symbol", "price")
    parquet.write_table(pa.table({it: pa.array([], pa.string()) for it in names}), tmp_path / "a")
    with pytest.raises(SettingError, match="has no row that can be used"):
        recording(tmp_path / "a")


def test_prices_of_parquet_in_32_bits_are_those_that_were_meant(tmp_path):
    prices = pa.array([185.64, 0.1, 42_000.5], pa.float32())
    table = {"time": [datetime(2024, 1, 2, tzinfo=UTC)] * 3, "price": prices, "volume": prices}
    parquet.write_table(pa.table(table), tmp_path / "a")
    assert [row[2:] for row in values(tmp_path / "a", ("A",))] == [
        (185.64, 185.64),
        (0.1, 0.1),
        (42_000.5, 42_000.5),
    ]


@pytest.mark.parametrize("number", [1_704_205_800.0, 20_240_103.0])
def test_times_of_parquet_in_32_bits_are_refused(tmp_path, number):
    table = {"time": pa.array([number], pa.float32()), "price": [1.5]}
    parquet.write_table(pa.table(table), tmp_path / "a")
    with pytest.raises(SettingError, match="'time' has numbers of 32 bits or fewer"):
        recording(tmp_path / "a", ("A",))


def test_a_sheet_that_excel_saved_in_the_letters_of_windows_is_read(tmp_path):
    path = tmp_path / "a.csv"
    sheet = "Date;Clôture;Volume\r\n31/01/2024;1\xa0184,40;55\xa0467\xa0800\r\n"
    path.write_bytes(sheet.encode("cp1252"))
    ((time, _, price, volume),) = values(path, ("AAPL",), {"price": "Clôture"})
    assert (time, price, volume) == (datetime(2024, 1, 31, tzinfo=UTC), 1184.4, 55_467_800.0)


def test_a_letter_that_the_first_bytes_cut_in_two_is_one_of_utf_8(tmp_path):
    path = tmp_path / "a.csv"
    heading = "Date,Clôture,"
    path.write_text(heading + "x" * (4095 - len(heading.encode())) + "é\n2024-01-31,184.4,\n")
    assert [row[2] for row in values(path, ("AAPL",), {"price": "Clôture"})] == [184.4]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quoted", ["187.15", '"187.15"'])
@pytest.mark.parametrize("others", [[], [" ,,,", ",,"]])
def test_rows_of_a_sheet_in_which_nothing_stands_are_blank(tmp_path, separator, quoted, others):
    path = tmp_path / "a.csv"
    lines = ["Date,Close,Volume,", f"2024-01-31,{quoted},10,", ",,,", *others]
    path.write_text("\n".join(lines).replace(",", separator) + "\n")
    rows, bad, counts = read(path, ("AAPL",))
    assert ([row.price for row in rows], bad) == ([187.15], [])
    assert (counts.read, counts.heading, counts.blank) == (3 + len(others), 1, 1 + len(others))
