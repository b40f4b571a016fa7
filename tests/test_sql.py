"""`make sql`: queries that are piped in, over files that the test writes."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset import SCHEMA
from snippets import snippet

START = datetime(2026, 1, 2, 23, 58, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def stack(new_stack):
    return new_stack("sql")


def ask(stack, query):
    """Pipe a query in; gives the rows as text, the names of the columns first."""
    done = stack.shell("bash", "-c", 'printf %s "$0" | make sql', f".mode csv\n{query}")
    return list(csv.reader(io.StringIO(done.stdout)))


def window(
    seconds, prices, *, symbol="IBM", source="synthetic", minutes=1, deviation=0.0, volume=2.0
):
    """Make the row of a window: opens, highest, lowest, closes."""
    opens, highest, lowest, closes = prices
    return {
        "symbol": symbol, "source": source, "window_start": START + timedelta(seconds=seconds),
        "window_end": START + timedelta(seconds=seconds) + minutes * MINUTE, "avg_price": lowest,
        "max_price": highest, "min_price": lowest, "open_price": opens, "close_price": closes,
        "stddev_price": None, "volume": volume, "event_count": 3, "max_deviation_pct": deviation,
        "vwap": None,
    }  # fmt: skip


def write(stack, name, *rows, schema=SCHEMA):
    """Write a file as the job does; the date is that of the first row."""
    folder = stack.data / "aggregates" / f"window_date={rows[0]['window_start']:%F}"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), folder / name)


def test_a_dataset_without_files_is_a_table_without_rows(stack):
    names = [row[0] for row in ask(stack, "DESCRIBE windows")[1:]]
    assert names == [*SCHEMA.names, "window_date"]
    views = ("windows", "latest", "daily_candles", "spikes")
    counts = (f"(SELECT count(*) FROM {view})" for view in views)
    assert ask(stack, f"SELECT {', '.join(counts)}")[1:] == [["0"] * 4]


def test_views_over_files_of_two_days(stack):
    write(
        stack, "a.parquet",
        window(0, (10.0, 12.0, 9.0, 11.0)),
        window(30, (90.0, 99.0, 1.0, 50.0), deviation=0.6),  # overlaps: in no candle
        window(60, (11.0, 15.0, 10.0, 14.0), deviation=0.7),
    )  # fmt: skip
    write(stack, "hour.parquet", window(0, (10.0, 12.0, 9.0, 11.0)))  # there again
    write(stack, ".a.parquet", window(0, (1.0, 1.0, 1.0, 1.0), symbol="HIDDEN"))
    write(
        stack, "b.parquet",
        window(120, (14.0, 14.0, 13.0, 13.5), source="alpha-vantage", volume=700.0),
        window(180, (13.5, 14.5, 13.0, 14.0), source="alpha-vantage", volume=900.0, deviation=2.0),
    )  # fmt: skip
    without = SCHEMA.remove(SCHEMA.get_field_index("vwap"))  # a version before it
    write(stack, "c.parquet", window(240, (5.0, 5.0, 5.0, 5.0), symbol="币安"), schema=without)

    assert ask(stack, "SELECT count(*), count(vwap) FROM windows")[1:] == [["6", "0"]]
    day = "SELECT count(*) FROM windows WHERE window_date = DATE '2026-01-02'"
    assert ask(stack, day)[1:] == [["3"]]
    columns = "symbol, source, window_end"
    assert ask(stack, f"SELECT {columns} FROM latest")[1:] == [
        ["IBM", "alpha-vantage", "2026-01-03 00:02:00+00"],
        ["IBM", "synthetic", "2026-01-03 00:00:00+00"],
        ["币安", "synthetic", "2026-01-03 00:03:00+00"],
    ]
    assert ask(stack, "FROM daily_candles")[1:] == [
        ["IBM", "alpha-vantage", "2026-01-03", "14.0", "14.5", "13.0", "14.0", "900.0", "6"],
        ["IBM", "synthetic", "2026-01-02", "10.0", "15.0", "9.0", "14.0", "4.0", "6"],
        ["币安", "synthetic", "2026-01-03", "5.0", "5.0", "5.0", "5.0", "2.0", "3"],
    ]
    assert ask(stack, "FROM spikes")[1:] == [
        ["IBM", "alpha-vantage", "2026-01-03 00:01:00+00", "2026-01-03 00:02:00+00", "14.5", "2.0"],
        ["IBM", "synthetic", "2026-01-02 23:58:30+00", "2026-01-03 00:00:00+00", "99.0", "0.7"],
    ]
    other = "SET VARIABLE spike_threshold_pct = 1; SELECT count(*) FROM spikes"
    assert ask(stack, other)[1:] == [["1"]]


def test_the_queries_of_the_documents(stack):
    """On the files of the test before, of which those of `duckdb` itself are read by path."""
    command = snippet("services/sql/README.md", "echo 'FROM latest'")
    assert stack.shell("bash", "-c", command).stdout.count("IBM") == 2
    assert ask(stack, snippet("services/sql/README.md", "SELECT symbol"))[1:] == []  # of today
    image = f"market-data/sql:{stack.environment['IMAGE_TAG']}"
    mount = f"{stack.folder}/volumes:/here/volumes:ro"
    duckdb = ("docker", "run", "--rm", "--volume", mount, "--workdir", "/here")
    query = snippet("README.md", "-- duckdb")
    done = stack.shell(*duckdb, "--entrypoint", "duckdb", image, "-csv", "-c", query)
    assert done.stdout.splitlines()[0] == "symbol,window_end,avg_price,max_price"
    assert len(done.stdout.splitlines()) == 1 + 8  # what is there again is there twice


def test_windows_of_several_lengths_count_once_in_a_daily_candle(stack):
    """Of those that overlap the one that ends last, of those that end together the longest."""
    minute = 60
    midnight = 2 * minute  # of 2026-01-03
    write(
        stack, "lengths.parquet",
        window(midnight, (20.0, 25.0, 19.0, 24.0), symbol="MSFT", minutes=5, volume=10.0),
        window(midnight + 3 * minute, (23.0, 30.0, 23.0, 23.5), symbol="MSFT"),  # within it
        window(midnight + 4 * minute, (23.5, 24.0, 18.0, 24.0), symbol="MSFT"),  # ends with it
        window(midnight + 5 * minute, (24.0, 26.0, 24.0, 25.0), symbol="MSFT"),
        window(midnight + 6 * minute, (25.0, 40.0, 10.0, 25.0), symbol="MSFT", minutes=3),
        # Ends later than the one before, and overlaps it.
        window(midnight + 8 * minute, (25.0, 27.0, 24.0, 26.0), symbol="MSFT", minutes=2),
    )  # fmt: skip
    assert ask(stack, "FROM daily_candles WHERE symbol = 'MSFT'")[1:] == [
        ["MSFT", "synthetic", "2026-01-03", "20.0", "27.0", "19.0", "26.0", "14.0", "9"],
    ]


def test_a_table_is_read_as_its_log_says(stack):
    below = stack.data / "table" / "window_date=2026-01-02"
    below.mkdir(parents=True)
    for name in ("a.parquet", "replaced.parquet"):
        rows = [window(0, (10.0, 12.0, 9.0, 11.0)), window(60, (11.0, 15.0, 10.0, 14.0))]
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), below / name)
    types = {"string": "string", "timestamp[us, tz=UTC]": "timestamp", "int64": "long"}
    fields = [
        {
            "name": it.name,
            "type": types.get(str(it.type), "double"),
            "nullable": True,
            "metadata": {},
        }
        for it in SCHEMA.append(pa.field("window_date", pa.string()))
    ]
    log = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {
            "metaData": {
                "id": "one", "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps({"type": "struct", "fields": fields}),
                "partitionColumns": ["window_date"], "configuration": {},
            }
        },
        {
            "add": {
                "path": "window_date=2026-01-02/a.parquet", "dataChange": True,
                "partitionValues": {"window_date": "2026-01-02"}, "modificationTime": 0,
                "size": (below / "a.parquet").stat().st_size,
            }
        },
    ]  # fmt: skip
    (stack.data / "table" / "_delta_log").mkdir()
    (stack.data / "table" / "_delta_log" / f"{0:020d}.json").write_text(
        "\n".join(json.dumps(it) for it in log)
    )
    stack.set(AGGREGATES_URI="/data/table", AGGREGATES_FORMAT="delta")
    assert ask(stack, "SELECT window_date, count(*) FROM windows GROUP BY ALL")[1:] == [
        ["2026-01-02", "2"]
    ]
    assert ask(stack, "SELECT max_price FROM latest")[1:] == [["15.0"]]
    stack.set(AGGREGATES_URI="", AGGREGATES_FORMAT="")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"AGGREGATES_FORMAT": "csv"}, "AGGREGATES_FORMAT: got 'csv', takes parquet or delta"),
        (
            {"AGGREGATES_URI": "s3a://bucket/prefix"},
            "S3_ACCESS_KEY, S3_SECRET_KEY: got nothing, the shell takes both for an object store",
        ),
    ],
)
def test_a_dataset_that_it_cannot_open_is_told_in_a_line(stack, settings, said):
    stack.set(**settings)
    done = stack.shell("bash", "-c", "echo FROM latest | make sql", check=False)
    assert done.returncode != 0
    assert said in done.stderr.splitlines()
    stack.set(**dict.fromkeys(settings, ""))


def test_what_is_piped_in_is_answered_on_a_terminal_too(stack):
    asked = "echo 'SELECT 41 + 1 AS answer' | make sql"
    done = stack.shell("script", "--quiet", "--return", "--command", asked, "/dev/null")
    assert "answer" in done.stdout
    assert "42" in done.stdout


def test_nothing_can_be_written(stack):
    done = stack.shell(
        "bash", "-c", """echo "COPY (SELECT 1) TO '/data/aggregates/x.csv'" | make sql""",
        check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "read-only" in done.stderr.lower()
