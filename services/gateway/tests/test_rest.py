"""What REST answers: last trades, windows of the dataset in all forms, states, problems."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import jsonschema
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from litestar.testing import TestClient
from make import BEGIN, row, text, trade, write
from msgspec import structs
from prometheus_client import CollectorRegistry
from pyarrow import ipc, parquet

from contracts.arrow import SCHEMA
from contracts.clock import Clock
from contracts.dataset import COLUMNS
from contracts.location import Location
from contracts.reader import open_source
from gateway.alerts.making import notice
from gateway.alerts.moment import Queued
from gateway.alerts.recent import RecentAlerts
from gateway.following.listener import ReadTo
from gateway.history.missed import Missed
from gateway.history.pages import History
from gateway.live.hub import Hub
from gateway.live.market import MOST_AT_ONCE, Market
from gateway.serving.api import application
from gateway.serving.health import health_handlers
from gateway.serving.rest import rest_handlers
from gateway.serving.stream import stream_handlers
from gateway.serving.windows import windows_handler

MINUTE = timedelta(minutes=1)
NOW = BEGIN + timedelta(seconds=12.5)
ALERTS = [
    Queued(at, 0, structs.replace(made, rule=f"rule {at % 2}"))
    for at in range(4)
    for made in [notice(f"number {at}", BEGIN + timedelta(seconds=at), str(at))]
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "aggregates").mkdir()
    return tmp_path / "aggregates"


def client_of(
    folder: Path, token: str | None = None, *, place: Location | None = None, well: bool = True
) -> TestClient[Any]:
    """Serve the dataset in a folder, or of another place."""
    history = History(open_source(place or Location(str(folder))))
    market = Market(MINUTE, timedelta(seconds=5), back=MINUTE)
    market.on_start("trades", "id", {0: 0})
    market.on_trades(
        [trade(0, price=99.5, volume=None), trade(1, symbol="AAPL", source="binance")],
        {0: ReadTo(2, 1)},
    )
    return TestClient(
        application(
            [
                *rest_handlers(
                    market, RecentAlerts(ALERTS), folder.parent / "status", Clock(now=lambda: NOW)
                ),
                windows_handler(history),
                *stream_handlers(Hub(), Missed(history, MINUTE)),
                *health_handlers(lambda: well, CollectorRegistry()),
            ],
            token,
        )
    )


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Any]]:
    with client_of(folder) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1, 0]),
        ("?limit=2", [3, 2]),
        ("?rule=rule+1", [3, 1]),
        ("?symbol=IBM", []),
        ("?from=2026-01-02T15:00:02Z", [3, 2]),
    ],
)
def test_alerts_come_newest_first_as_they_are_asked_for(
    client: TestClient[Any], query: str, numbers: list[int]
) -> None:
    found = client.get(f"/v1/alerts{query}").json()["alerts"]
    assert [it["text"] for it in found] == [f"number {it}" for it in numbers]


def test_a_time_for_alerts_has_its_zone(client: TestClient[Any]) -> None:
    answer = client.get("/v1/alerts?from=2026-01-02T15:00:02")
    assert (answer.status_code, answer.json()["detail"][:28]) == (
        400,
        "from: takes a time with its ",
    )


def test_symbols_have_their_last_trade_and_its_age(client: TestClient[Any]) -> None:
    assert client.get("/v1/symbols").json() == {
        "symbols": [
            {
                "symbol": "AAPL", "source": "binance", "price": 100.0, "volume": 5.0,
                "event_time": text(BEGIN), "age_s": 12.5, "made_up": False,
            },
            {
                "symbol": "IBM", "source": "synthetic", "price": 99.5, "volume": None,
                "event_time": text(BEGIN), "age_s": 12.5, "made_up": True,
            },
        ]
    }  # fmt: skip


async def test_while_many_symbols_are_given_all_else_goes_on() -> None:
    market = Market(MINUTE, timedelta(seconds=5), back=MINUTE)
    market.on_start("trades", "id", {0: 0})
    names = [f"S{number:03}" for number in range(2 * MOST_AT_ONCE + 1)]
    market.on_trades([trade(symbol=name) for name in names], {0: ReadTo(1, 1)})
    [symbols, *_] = rest_handlers(market, RecentAlerts([]), Path(), Clock(now=lambda: NOW))
    parts: list[bytes] = []
    sizes: list[int] = []

    sent = asyncio.Event()

    async def send(message: Any) -> None:
        parts.append(message.get("body", b""))
        if message.get("more_body") is False:
            sent.set()

    async def receive() -> Any:
        await sent.wait()
        return {"type": "http.disconnect"}

    async def look() -> None:
        while True:
            sizes.append(sum(map(len, parts)))
            await asyncio.sleep(0)

    scope: Any = {
        "type": "http", "method": "GET", "path": "/v1/symbols", "raw_path": b"/v1/symbols",
        "query_string": b"", "headers": [], "client": None, "http_version": "1.1",
    }  # fmt: skip
    looking = asyncio.create_task(look())
    await application([symbols], None)(scope, receive, send)
    looking.cancel()
    body = b"".join(parts)
    assert [it["symbol"] for it in json.loads(body)["symbols"]] == names
    assert len({0, *sizes, len(body)}) > 3


def test_without_a_trade_there_are_no_symbols(folder: Path) -> None:
    market = Market(MINUTE, timedelta(seconds=5), back=MINUTE)
    handlers = rest_handlers(market, RecentAlerts([]), folder, Clock(now=lambda: NOW))
    with TestClient(application(handlers, None)) as client:
        answer = client.get("/v1/symbols")
    assert (answer.text, answer.headers["content-type"]) == ('{"symbols":[]}', "application/json")


def test_windows_have_the_columns_of_the_dataset(client: TestClient[Any], folder: Path) -> None:
    write(folder, "a.parquet", row(BEGIN))
    expected = row(BEGIN) | {"window_start": text(BEGIN), "window_end": text(BEGIN + MINUTE)}
    answer = client.get("/v1/windows").json()
    assert answer == {"windows": [expected], "next": None}
    assert list(answer["windows"][0]) == [column.name for column in COLUMNS]


def test_windows_as_csv_and_as_arrow(client: TestClient[Any], folder: Path) -> None:
    write(folder, "a.parquet", row(BEGIN))
    answer = client.get("/v1/windows?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    [found] = csv.DictReader(io.StringIO(answer.text))
    assert (found["symbol"], found["window_start"]) == ("IBM", text(BEGIN))
    assert (found["stddev_price"], found["event_count"]) == ("", "3")
    table = ipc.open_stream(client.get("/v1/windows?format=arrow").content).read_all()
    assert table.schema == SCHEMA
    assert table.to_pylist() == [row(BEGIN)]


def test_no_windows_are_an_empty_page_in_each_form(client: TestClient[Any]) -> None:
    assert client.get("/v1/windows").json() == {"windows": [], "next": None}
    assert client.get("/v1/windows?format=csv").text.count("\n") == 1
    assert ipc.open_stream(client.get("/v1/windows?format=arrow").content).read_all().num_rows == 0


def test_windows_are_chosen_by_symbol_source_time_and_length(
    client: TestClient[Any], folder: Path
) -> None:
    others = [
        row(BEGIN, "AAPL"),
        row(BEGIN, source="replay"),
        row(BEGIN - MINUTE),
        row(BEGIN + MINUTE),
        row(BEGIN, window_end=BEGIN + 5 * MINUTE),
    ]
    write(folder, "a.parquet", row(BEGIN), *others)
    asked = {
        "symbol": "IBM", "source": "synthetic", "from": "2026-01-02T15:00:00Z",
        "to": "2026-01-02T16:01:00+01:00", "length": "1 minute",
    }  # fmt: skip
    assert [
        it["window_end"] for it in client.get("/v1/windows", params=asked).json()["windows"]
    ] == [text(BEGIN + MINUTE)]


def test_pages_are_newest_first_whole_and_without_repeats(
    client: TestClient[Any], folder: Path
) -> None:
    starts = [BEGIN + timedelta(seconds=5 * it) for it in range(7)] + [BEGIN - timedelta(days=40)]
    rows = [row(start, symbol) for start in starts for symbol in ("AAPL", "IBM", "TSLA")]
    write(folder, "late.parquet", *rows[6:21])
    write(folder, "early.parquet", *rows[:9])  # as while files are merged: some are there twice
    write(folder, "old.parquet", *rows[21:])
    found, address = [], "/v1/windows?limit=4"
    while address:
        page = client.get(address).json()
        assert len(page["windows"]) <= 4
        found += [(it["window_start"], it["symbol"]) for it in page["windows"]]
        address = page["next"]
    expected = [(text(it["window_start"]), it["symbol"]) for it in rows]
    assert found == sorted(
        sorted(expected, key=lambda it: it[1]), key=lambda it: it[0], reverse=True
    )


def test_the_next_page_is_also_a_link(client: TestClient[Any], folder: Path) -> None:
    write(folder, "a.parquet", row(BEGIN), row(BEGIN + MINUTE))
    link = client.get("/v1/windows?limit=1&format=csv&symbol=IBM").headers["link"]
    address = link.removeprefix("<").removesuffix('>; rel="next"')
    assert "format=csv" in address
    assert text(BEGIN) in client.get(address).text


def test_a_file_from_before_a_column_and_one_that_is_damaged(
    client: TestClient[Any], folder: Path
) -> None:
    write(folder, "a.parquet", row(BEGIN))
    old = pa.Table.from_pylist([row(BEGIN + MINUTE)], SCHEMA).drop_columns(["vwap"])
    parquet.write_table(old, folder / "window_date=2026-01-02" / "b.parquet")
    (folder / "window_date=2026-01-02" / "c.parquet").write_bytes(b"PAR1")
    (folder / "window_date=2026-01-02" / "_d.parquet").write_bytes(b"")
    assert len(client.get("/v1/windows").json()["windows"]) == 2


@pytest.mark.parametrize(
    "address",
    [
        "/v1/windows?limit=0",
        "/v1/windows?limit=10001",
        "/v1/windows?from=yesterday",
        "/v1/windows?from=2026-01-02T15:00:00",
        "/v1/windows?length=long",
        "/v1/windows?length=999999999%20days",
        "/v1/windows?format=xml",
        "/v1/windows?page=IkEi",
        "/v1/windows?page=%FF",
        # The first has a begin in the year 33658, the second an end before 1970.
        "/v1/windows?page=WzEwMDAwMDAwMDAwMDAwMDAwMDAsIDEsICJhIiwgImIiXQ==",
        "/v1/windows?page=WzEsIC0xLCAiYSIsICJiIl0=",
        "/v1/stream?kinds=trade,price",
        "/v1/stream?kinds=",
        "/v1/stream?symbols=a%20b",
        "/v1/stream?last_event_id=5",
    ],
)
def test_what_is_asked_wrongly_is_a_problem_that_says_what(
    client: TestClient[Any], address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["status"], problem["title"]) == (
        "about:blank", 400, "Bad Request",
    )  # fmt: skip
    name = address.partition("?")[2].partition("=")[0]
    named = [it["key"] for it in problem.get("errors", [])] or [problem["detail"].split(":")[0]]
    assert named == [name]


def test_what_is_not_there_is_a_problem_too(client: TestClient[Any]) -> None:
    answer = client.get("/v2")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/v1/windows", "/v1/stream"])
def test_a_method_that_there_is_not_is_a_problem_with_those_that_there_are(
    client: TestClient[Any], address: str
) -> None:
    answer = client.post(address)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.headers["content-type"] == "application/problem+json"


def test_with_a_token_all_but_health_and_documentation_asks_for_it(folder: Path) -> None:
    with client_of(folder, token="s3cret") as client:
        docs = ("/docs", "/docs/openapi.json", "/docs/assets/rapidoc-min.js")
        for address in ("/health", *docs):
            assert client.get(address).status_code == 200, address
        paths = [it for it in client.get("/docs/openapi.json").json()["paths"] if it != "/health"]
        assert len(paths) == 5
        for address in (*paths, "/metrics"):
            answer = client.get(address, headers={"Authorization": "Bearer s3cre"})
            assert answer.status_code == 401, address
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"
        for scheme in ("Bearer", "bearer"):
            given = {"Authorization": f"{scheme} s3cret"}
            assert client.get("/v1/symbols", headers=given).status_code == 200


def test_what_is_not_well_says_so(folder: Path) -> None:
    with client_of(folder, well=False) as client:
        assert client.get("/health").status_code == 503


def test_the_states_of_the_services(client: TestClient[Any], folder: Path) -> None:
    status = folder.parent / "status"
    status.mkdir()
    written = {
        "schema_version": 1, "service": "spark-job", "state": "running", "since": text(BEGIN),
        "updated_at": text(BEGIN), "last_error": None, "details": {"topic": "t"},
    }  # fmt: skip
    (status / "spark-job.json").write_text(json.dumps(written))
    never = json.dumps(written).replace("2026-01-02", "2026-02-30")
    (status / "never.json").write_text(never)
    (status / "broken.json").write_text("{")
    (status / "damaged.json").write_bytes(b'{"service":"\xff"}')
    del written["schema_version"]
    assert client.get("/v1/pipeline").json() == {"services": [written | {"age_s": 12.5}]}


def test_the_documentation_needs_nothing_from_elsewhere(client: TestClient[Any]) -> None:
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert 'load-fonts="false"' in page
    script = client.get("/docs/assets/rapidoc-min.js")
    assert (script.status_code, script.headers["content-type"].partition(";")[0]) == (
        200,
        "text/javascript",
    )
    paths = client.get("/docs/openapi.json").json()["paths"]
    assert {"/v1/symbols", "/v1/windows", "/v1/alerts", "/v1/pipeline", "/v1/stream"} <= set(paths)
    names = {it["name"] for it in paths["/v1/windows"]["get"]["parameters"]}
    assert "503" in paths["/v1/windows"]["get"]["responses"]
    assert names == {"symbol", "source", "from", "to", "length", "limit", "page", "format"}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/symbols", 200), ("/v1/alerts", 200), ("/v1/alerts?limit=0", 400),
        ("/v1/windows", 200), ("/v1/windows?format=csv", 200), ("/v1/windows?format=arrow", 200),
        ("/v1/windows?page=wrong", 400), ("/v1/pipeline", 200), ("/v1/stream?kinds=wrong", 400),
        ("/health", 200),
    ],
)  # fmt: skip
def test_what_is_answered_is_what_the_documentation_says(
    client: TestClient[Any], folder: Path, address: str, status: int
) -> None:
    write(folder, "a.parquet", row(BEGIN), row(BEGIN + MINUTE, vwap=10.0, stddev_price=0.5))
    document = client.get("/docs/openapi.json").json()
    answer = client.get(address)
    assert answer.status_code == status
    [said] = document["paths"][address.partition("?")[0]].values()
    kind = answer.headers["content-type"].partition(";")[0]
    schema = said["responses"][str(status)]["content"][kind]["schema"]
    if kind.endswith("json"):
        jsonschema.validate(answer.json(), document | schema)


def test_the_documentation_says_which_errors_there_are_and_who_needs_no_token(folder: Path) -> None:
    with client_of(folder, token="s3cret") as client:
        document = client.get("/docs/openapi.json")
    found = {path: its["get"] for path, its in document.json()["paths"].items()}
    errors = {path: sorted(it["responses"].keys() - {"200"}) for path, it in found.items()}
    assert errors == {
        "/v1/symbols": ["401"], "/v1/alerts": ["400", "401"], "/v1/pipeline": ["401"],
        "/v1/windows": ["400", "401", "503"], "/v1/stream": ["400", "401", "503"],
        "/health": ["503"],
    }  # fmt: skip
    assert [path for path, it in found.items() if it.get("security") == [{}]] == ["/health"]
    assert [*found["/v1/stream"]["responses"]["200"]["content"]] == ["text/event-stream"]
    assert found["/v1/windows"]["responses"]["200"]["headers"].keys() == {"link"}
    assert "examples" not in document.text
    assert r"\A" not in document.text  # no browser's pattern has it


def test_a_day_of_windows_is_read_in_parts(folder: Path) -> None:
    first = datetime(2026, 1, 2, tzinfo=UTC)
    rows = [row(first + timedelta(hours=hour)) for hour in range(24)]
    write(folder, "a.parquet", *rows)
    with client_of(folder) as client:
        found = client.get("/v1/windows?limit=24").json()
    assert [it["window_start"] for it in found["windows"]] == [
        text(it["window_start"]) for it in reversed(rows)
    ]
    assert found["next"] is None


def test_a_page_that_takes_too_long_is_short_and_names_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.serving.windows._PAGE_S", 0.0)
    write(folder, "a.parquet", row(BEGIN), row(BEGIN, "AAPL"))
    write(folder, "b.parquet", row(BEGIN - timedelta(days=3), "AAPL"))
    with client_of(folder) as client:
        first = client.get("/v1/windows?symbol=NONE").json()
        assert (first["windows"], first["next"] is None) == ([], False)
        found, address = [], "/v1/windows?symbol=AAPL"
        while address:
            page = client.get(address).json()
            found += [it["window_start"] for it in page["windows"]]
            address = page["next"]
    assert found == [text(BEGIN), text(BEGIN - timedelta(days=3))]


def test_who_waits_too_long_for_others_is_told_to_ask_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.serving.windows._SIDE_BY_SIDE", 0)
    monkeypatch.setattr("gateway.serving.windows._WAIT_S", 0.0)
    with client_of(folder) as client:
        answer = client.get("/v1/windows")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "0"
    assert "try again later" in answer.json()["detail"]


def test_the_last_id_may_come_in_the_header_as_browsers_send_it(client: TestClient[Any]) -> None:
    answer = client.get("/v1/stream", headers={"Last-Event-ID": "5"})
    assert (answer.status_code, answer.json()["detail"][:14]) == (400, "last_event_id:")


class Refusing(BaseHTTPRequestHandler):
    """An object store that takes no key."""

    def do_HEAD(self) -> None:
        self.send_error(403)

    def do_GET(self) -> None:
        self.do_HEAD()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("format_", ["parquet", "delta"])
def test_a_dataset_that_cannot_be_reached_is_a_problem_that_says_why(
    folder: Path, refusing: str, format_: Literal["parquet", "delta"]
) -> None:
    place = Location("s3a://bucket/prefix", format_, refusing, "key", "very-secret")
    with client_of(folder, place=place) as client:
        answer = client.get("/v1/windows")
        assert (answer.status_code, answer.json()) == (
            503,
            {
                "type": "about:blank", "status": 503, "title": "Service Unavailable",
                "detail": f"the object store at {refusing} refuses the keys"
                " (S3_ACCESS_KEY, S3_SECRET_KEY) for s3a://bucket/prefix",
            },
        )  # fmt: skip
        assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/v1/symbols").status_code == 200
        assert client.get("/health").status_code == 200


def test_windows_of_a_delta_table(folder: Path) -> None:
    content = pa.Table.from_pylist([row(BEGIN), row(BEGIN + MINUTE)], SCHEMA)
    days = pa.array(["2026-01-02"] * 2)
    write_deltalake(
        str(folder), content.append_column("window_date", days), partition_by=["window_date"]
    )
    with client_of(folder, place=Location(str(folder), "delta")) as client:
        found = client.get("/v1/windows?limit=1").json()
        assert [it["window_start"] for it in found["windows"]] == [text(BEGIN + MINUTE)]
        [last] = client.get(found["next"]).json()["windows"]
        assert last["window_start"] == text(BEGIN)
