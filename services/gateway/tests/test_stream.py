"""A reader gets the newest of what is provisional, and every final window that it wants."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from make import BEGIN, end_round, micros, trade, window
from msgspec import structs

from contracts.alerts import Alert
from contracts.stream import KINDS, USUAL_KINDS
from gateway.following.listener import ReadTo
from gateway.live.hub import Hub, Reader
from gateway.live.market import Changes, Market
from gateway.live.messages import alert_message, trade_message, window_message
from gateway.live.recent import Position, Recent, time_of
from gateway.live.retained import KEPT_MS
from gateway.live.sent import NOTHING
from gateway.live.subscription import Subscription, Wanted

ALL = Subscription(None, frozenset(KINDS))
ONLY_ALERTS = Subscription(None, frozenset({"alert"}))
BEGIN_MS = micros(BEGIN) // 1000
ALERT = Alert(
    schema_version=1, alert_id="0" * 32, rule="dear", kind="price", symbol="IBM",
    source="replay", at="2026-01-02T15:00:00.000000Z", value=1.0, threshold=0.5, text="IBM",
    made_up=True,
)  # fmt: skip


def id_of(number: int, at_ms: int = BEGIN_MS) -> str:
    return f"{at_ms}-w0-{number}"


def numbered(number: int) -> Alert:
    return structs.replace(ALERT, alert_id=f"{number:032}")


async def names(hub: Hub, reader: Reader) -> list[str]:
    """Take what there is for a reader: the number of an alert, ``w`` and that of a window."""
    return [
        it["alert_id"][-1] if it["kind"] == "alert" else
        f"w{it['id'][-1]}" if it["kind"] == "window" else it["kind"]
        for it in await taken(hub, reader)
    ]  # fmt: skip


def add(recent: Recent, number: int, at_ms: int = BEGIN_MS, size: int = 10) -> None:
    recent.add(id_of(number, at_ms), at_ms, "window", "IBM", bytes([number]) * size)


def begun(recent: Recent | None = None) -> Hub:
    """Give a hub that has read the last hour."""
    hub = Hub(recent)
    hub.begin()
    return hub


async def taken(hub: Hub, reader: Reader) -> list[dict[str, Any]]:
    async with asyncio.timeout(30):
        return [json.loads(sent.message) for sent in (await hub.next(reader)).sent]


async def test_a_slow_reader_gets_the_newest_and_what_it_missed_is_counted() -> None:
    hub = begun()
    slow, quick = hub.add(ALL, None), hub.add(ALL, None)
    for number in range(3):
        end_round(hub, Changes([trade(number, price=100.0 + number)]))
        assert [it["price"] for it in await taken(hub, quick)] == [100.0 + number]
        if number == 0:
            await taken(hub, slow)
    assert hub.skipped == 1  # before it comes to it: one that is stuck never does
    assert [it["price"] for it in await taken(hub, slow)] == [102.0]
    assert hub.skipped == 1


async def test_a_reader_begins_with_all_that_is_known() -> None:
    hub = begun()
    end_round(hub, Changes([trade(0), trade(1, symbol="AAPL")]))
    reader = hub.add(ALL, None)
    assert [it["symbol"] for it in await taken(hub, reader)] == ["IBM", "AAPL"]


async def test_a_reader_gets_only_what_it_asks_for() -> None:
    hub = begun()
    reader = hub.add(Subscription(frozenset({"IBM"}), frozenset({"trade"})), None)
    hub.on_window(window(0))
    end_round(hub, Changes([trade(0, symbol="AAPL"), trade(1)]))
    assert [(it["kind"], it["symbol"]) for it in await taken(hub, reader)] == [("trade", "IBM")]


async def test_a_window_that_comes_within_a_round_is_given_with_it_to_who_looked_before() -> None:
    hub = begun()
    reader = hub.add(Subscription(None, frozenset({"window"})), None)
    hub.put(Changes())
    waiting = asyncio.create_task(taken(hub, reader))
    await asyncio.sleep(0)  # it finds nothing
    hub.on_window(window(0))
    hub.end_round()
    assert [it["id"] for it in await waiting] == [id_of(0)]


async def test_final_windows_are_all_given_in_order_however_slow_a_reader_is() -> None:
    hub = begun()
    reader = hub.add(ALL, None)
    for number in range(1200):
        hub.on_window(window(number))
        end_round(hub, Changes())
    ids = []
    while len(ids) < 1200:
        ids += [it["id"] for it in await taken(hub, reader)]
    assert ids == [f"{BEGIN_MS}-w0-{number}" for number in range(1200)]


async def test_what_is_newest_is_looked_at_once_however_many_symbols_there_are() -> None:
    class Counted(frozenset[str]):
        """Counts the messages that it is asked about."""

        asked = 0

        def __contains__(self, kind: object) -> bool:
            Counted.asked += 1
            return super().__contains__(kind)

    hub = begun()
    reader = hub.add(Subscription(None, Counted({"trade"})), None)
    end_round(hub, Changes([trade(number, symbol=f"S{number}") for number in range(1000)]))
    Counted.asked = 0
    found = [it["symbol"] for _ in range(16) for it in await taken(hub, reader)]
    assert found == [f"S{number}" for number in range(1000)]
    assert Counted.asked < 1100


async def test_while_little_is_looked_for_among_much_that_is_kept_all_else_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.live.hub._MOST_LOOKED_AT", 10)
    hub = begun()
    for number in range(100):
        hub.on_window(window(number, symbol="AAPL" if number < 95 else "IBM"))
    reader = hub.add(Subscription(frozenset({"IBM"}), ALL.kinds), id_of(3))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    found = await taken(hub, reader)
    counting.cancel()
    assert [it["id"] for it in found] == [id_of(number) for number in range(95, 100)]
    assert turns >= 9


async def test_a_reader_that_comes_back_gets_what_it_missed() -> None:
    hub = begun()
    for number in range(4):
        hub.on_window(window(number))
    reader = hub.add(ALL, f"{BEGIN_MS}-w0-1")
    end_round(hub, Changes())
    assert [it["id"] for it in await taken(hub, reader)] == [
        f"{BEGIN_MS}-w0-2",
        f"{BEGIN_MS}-w0-3",
    ]


async def test_what_is_no_longer_kept_when_a_reader_comes_to_it_is_counted() -> None:
    hub = begun(Recent(most_bytes=len(window_message("", window(0).window)) * 5))
    reader = hub.add(ALL, None)
    for number in range(20):
        hub.on_window(window(number))
    end_round(hub, Changes())
    assert await taken(hub, reader) == []
    reader.lacks_since_ms = None
    found = await taken(hub, reader)
    assert hub.missed == 20 - len(found)
    assert found[-1]["id"] == f"{BEGIN_MS}-w0-19"


async def test_windows_push_out_no_alert_and_both_come_in_their_order() -> None:
    size = len(window_message(f"{BEGIN_MS}-w0-00", window(0).window))
    hub = begun(Recent(most_bytes=size * 5))
    back = hub.add(ALL, f"{BEGIN_MS - 1000}-w0-0")
    hub.on_alert(ALERT, BEGIN_MS - 60_000)
    hub.on_alert(ALERT, BEGIN_MS)
    for number in range(10, 30):
        hub.on_window(window(number))
        if number == 27:
            hub.on_alert(ALERT, BEGIN_MS + 1)
    again = hub.add(ALL, f"{BEGIN_MS - 1000}-w0-0")
    end_round(hub, Changes())
    for reader in (back, again):
        assert await taken(hub, reader) == []  # it lacks windows, and they come first
        reader.lacks_since_ms = None
    expected = ["w0-25", "w0-26", "w0-27", "a-", "w0-28", "w0-29"]
    for reader, alerts in ((back, 2), (again, 1)):
        ids = [it["id"].partition("-")[2].rstrip("0") for it in await taken(hub, reader)]
        assert ids == ["a-"] * alerts + expected


async def test_after_a_restart_the_last_hours_windows_push_out_no_alert_of_before() -> None:
    size = len(window_message(f"{BEGIN_MS}-w0-00", window(0).window))
    hub = Hub(Recent(most_bytes=size * 5))
    hub.on_alert(ALERT, BEGIN_MS + 5)  # what is kept on the disk is there first
    for number in range(10, 30):
        hub.on_window(window(number)._replace(broker_ms=BEGIN_MS + number - 20))
    hub.begin()
    reader = hub.add(ALL, f"{BEGIN_MS + 3}-w1-0")
    reader.lacks_since_ms = None
    kinds = [it["kind"] for it in await taken(hub, reader)]
    assert kinds == ["alert", *["window"] * 5]


async def test_who_wants_no_windows_misses_none() -> None:
    hub = begun(Recent(most_bytes=len(window_message("", window(0).window)) * 5))
    reader = hub.add(Subscription(None, frozenset({"alert"})), None)
    for number in range(20):
        hub.on_window(window(number))
    hub.on_alert(ALERT, BEGIN_MS)
    end_round(hub, Changes())
    assert [it["kind"] for it in await taken(hub, reader)] == ["alert"]
    assert hub.missed == 0


async def test_until_the_last_hour_is_read_only_what_is_provisional_is_given() -> None:
    hub = Hub()
    new, back = hub.add(ALL, None), hub.add(ALL, f"{BEGIN_MS}-w0-1")
    for number in range(3):
        hub.on_window(window(number))
    end_round(hub, Changes([trade(0)]))
    for reader in (new, back):
        assert [it["kind"] for it in await taken(hub, reader)] == ["trade"]
    hub.begin()
    hub.on_window(window(3))
    end_round(hub, Changes())
    assert [it["id"][-1] for it in await taken(hub, new)] == ["3"]
    assert [it["id"][-1] for it in await taken(hub, back)] == ["2", "3"]


def test_a_reader_begins_with_the_id_of_the_newest_or_of_now_until_that_is_known() -> None:
    hub, windows = Hub(), frozenset({"window"})
    hub.on_window(window(0))
    assert hub.id_now(ALL.kinds, 7) == hub.id_now(ONLY_ALERTS.kinds, 7) == "7-w0-0"
    hub.on_alert(ALERT, BEGIN_MS + 5)
    alert_id = f"{BEGIN_MS + 5}-a-{ALERT.alert_id}"
    assert hub.id_now(ALL.kinds, 7) == "7-w0-0"
    assert hub.id_now(ONLY_ALERTS.kinds, 7) == alert_id
    hub.begin()
    assert hub.id_now(ALL.kinds, 7) == alert_id
    assert hub.id_now(windows, 7) == id_of(0)
    assert hub.id_now(frozenset({"trade"}), 7) is None


async def test_alerts_come_before_the_last_hour_is_read_to_who_lacks_no_windows() -> None:
    hub = Hub()
    hub.on_alert(numbered(0), BEGIN_MS)  # what is kept on the disk is there first
    hub.on_alert(numbered(1), BEGIN_MS + 1000)
    new, back, alerts = (
        hub.add(ALL, None),
        hub.add(ALL, f"{BEGIN_MS}-a-{numbered(0).alert_id}"),
        hub.add(ONLY_ALERTS, f"{BEGIN_MS}-a-{numbered(0).alert_id}"),
    )
    hub.on_window(window(0))
    hub.on_alert(numbered(2), BEGIN_MS + 2000)
    end_round(hub, Changes([trade(0)]))
    assert await names(hub, new) == ["2", "trade"]
    assert await names(hub, back) == ["trade"]  # windows of before the alerts may follow
    assert await names(hub, alerts) == ["1", "2"]
    hub.on_window(window(1)._replace(broker_ms=BEGIN_MS + 1500))
    hub.begin()
    back.lacks_since_ms = None  # what came before these windows is read elsewhere
    hub.on_alert(numbered(3), BEGIN_MS + 3000)
    hub.on_window(window(2)._replace(broker_ms=BEGIN_MS + 3000))
    end_round(hub, Changes())
    assert await names(hub, new) == ["3", "w2"]
    assert await names(hub, back) == ["w0", "1", "w1", "2", "3", "w2"]
    assert await names(hub, alerts) == ["3"]


async def test_who_wants_alerts_only_gets_each_once_through_restarts() -> None:
    """Also where windows lie between them, and where the clock was set back."""
    last_id, given = None, []
    times_ms = [BEGIN_MS, BEGIN_MS + 500, BEGIN_MS - 90_000, BEGIN_MS - 89_000, BEGIN_MS + 700]
    for count in range(len(times_ms) + 1):
        hub = Hub()
        for number, at_ms in enumerate(times_ms[:count]):
            hub.on_alert(numbered(number), at_ms)
        reader = hub.add(ONLY_ALERTS, last_id or f"{BEGIN_MS - 100_000}-w0-9")
        for number in range(4):
            hub.on_window(window(number)._replace(broker_ms=BEGIN_MS + 200 * number))
        if count % 2:
            hub.begin()
        again = hub.add(ONLY_ALERTS, last_id or f"{BEGIN_MS - 100_000}-w0-9")
        hub.begin()
        end_round(hub, Changes([trade(0)]))
        if count:
            found = [await taken(hub, it) for it in (reader, again)]
            assert found[0] == found[1]
            given += [it["alert_id"][-1] for it in found[0]]
            last_id = found[0][-1]["id"]
    assert given == ["0", "1", "2", "3", "4"]


async def test_alerts_and_windows_of_before_a_restart_come_in_their_order() -> None:
    hub = Hub()
    hub.on_alert(ALERT, BEGIN_MS + 5)
    hub.on_alert(ALERT, BEGIN_MS + 15)
    hub.on_window(window(0))
    hub.on_window(window(1)._replace(broker_ms=BEGIN_MS + 10))
    hub.begin()
    end_round(hub, Changes())
    reader = hub.add(ALL, f"{BEGIN_MS}-w0-0")
    assert [time_of(it["id"]) - BEGIN_MS for it in await taken(hub, reader)] == [5, 10, 15]


async def test_a_slow_reader_that_lost_windows_lacks_those_since_the_last_one_that_it_had() -> None:
    hub = begun(Recent(most_bytes=len(window_message(id_of(10), window(0).window)) * 5))
    reader = hub.add(ALL, None)

    async def come_and_take(*numbers: int) -> list[str]:
        for number in numbers:
            hub.on_window(window(number)._replace(broker_ms=BEGIN_MS + number))
        end_round(hub, Changes())
        return [it["id"][-2:] for it in await taken(hub, reader)]

    assert await come_and_take(10, 11) == ["10", "11"]
    assert await come_and_take(*range(12, 30)) == []
    assert reader.lacks_since_ms == BEGIN_MS + 11
    for number in range(30, 33):  # while what it lacks is read elsewhere
        hub.on_window(window(number)._replace(broker_ms=BEGIN_MS + number))
    assert await taken(hub, reader) == []
    assert reader.lacks_since_ms == BEGIN_MS + 11
    reader.lacks_since_ms = None
    assert [it["id"][-2:] for it in await taken(hub, reader)] == ["28", "29", "30", "31", "32"]
    assert hub.missed == 16


@pytest.mark.parametrize(
    ("last_id", "lacks"),
    [
        (f"{BEGIN_MS - 9000}-w0-7", BEGIN_MS - 9000),
        (f"{BEGIN_MS}-w0-1", None),
        (f"{BEGIN_MS + 1}-w0-7", None),
        (None, None),
    ],
)
def test_a_reader_that_was_away_for_longer_than_is_kept_lacks_windows(
    last_id: str | None, lacks: int | None
) -> None:
    hub = begun()
    for number in range(3):
        hub.on_window(window(number))
    assert hub.add(ALL, last_id).lacks_since_ms == lacks


def test_a_reader_lacks_windows_of_the_same_batch_as_its_last_one_too() -> None:
    """The broker gives all that is sent at once the same time."""
    hub = begun(Recent(most_bytes=len(window_message(id_of(0), window(0).window)) * 2))
    for number in range(5):
        hub.on_window(window(number))
    assert hub.add(ALL, id_of(1)).lacks_since_ms == BEGIN_MS
    assert hub.add(ALL, id_of(3)).lacks_since_ms is None


async def test_readers_lack_windows_that_are_damaged_on_the_brokers_disk() -> None:
    hub = begun()
    readers = [hub.add(ALL, None), hub.add(Subscription(None, frozenset({"trade"})), None)]
    for number in range(3):
        hub.on_window(window(number)._replace(broker_ms=BEGIN_MS + number))
    await taken(hub, readers[0])
    hub.on_damaged_windows()
    hub.on_window(window(9)._replace(broker_ms=BEGIN_MS + 9))
    assert [it.lacks_since_ms for it in readers] == [BEGIN_MS + 2, None]
    before, after = (f"{BEGIN_MS + at}-w0-{at}" for at in (1, 9))
    assert hub.add(ALL, before).lacks_since_ms == BEGIN_MS + 1
    assert hub.add(ALL, after).lacks_since_ms is None


def test_without_any_window_kept_a_reader_that_comes_back_lacks_them() -> None:
    assert begun().add(ALL, "5-w0-1").lacks_since_ms == 5


async def test_what_is_sent_at_once_is_little_and_the_rest_follows_at_once() -> None:
    hub = begun()
    reader = hub.add(Subscription(None, frozenset({"trade", "alert"})), None)
    for number in range(1000):
        hub.on_window(window(number))
    end_round(hub, Changes([trade(number, symbol=f"S{number:03}") for number in range(200)]))
    sizes, symbols = [], []
    while len(symbols) < 200:
        found = await taken(hub, reader)
        sizes.append(len(found))
        symbols += [it["symbol"] for it in found]
    assert sizes == [64, 64, 64, 8]
    assert symbols == [f"S{number:03}" for number in range(200)]
    assert hub.skipped == 0


async def test_what_changes_while_a_reader_is_half_through_is_given_once_and_newest() -> None:
    hub = begun()
    reader = hub.add(ALL, None)
    end_round(hub, Changes([trade(number, symbol=f"S{number:03}") for number in range(100)]))
    first = await taken(hub, reader)
    end_round(hub, Changes([trade(900, symbol="S099"), trade(901, symbol="S000")]))
    rest = [(it["symbol"], it["event_id"]) for it in await taken(hub, reader)]
    assert len(first) == 64
    assert rest[:-2] == [(f"S{number:03}", f"run-{number}") for number in range(64, 99)]
    assert rest[-2:] == [("S099", "run-900"), ("S000", "run-901")]


async def test_what_nobody_wants_any_more_does_not_grow_old_for_the_next_reader() -> None:
    hub = begun()
    first = hub.add(Subscription(frozenset({"IBM"}), frozenset(KINDS)), None)
    hub.add(Subscription(None, frozenset({"window", "alert"})), None)
    assert hub.wanted() == Wanted(frozenset({"IBM"}), frozenset({"IBM"}))
    end_round(hub, Changes([trade(0)]))
    hub.remove(first)
    assert hub.wanted() == Wanted(frozenset(), frozenset())
    everything = hub.add(Subscription(None, frozenset(KINDS)), None)
    assert hub.wanted() == Wanted(None, None)
    end_round(hub, Changes([trade(1, symbol="AAPL")]))
    assert [it["symbol"] for it in await taken(hub, everything)] == ["AAPL"]


async def test_a_candle_that_nobody_wants_any_more_goes_while_others_want_trades() -> None:
    hub, market = begun(), Market(timedelta(minutes=1), timedelta(seconds=5), timedelta(minutes=1))
    market.on_start("trades", "id", {0: 0})
    market.on_trades([trade(0)], {0: ReadTo(1, micros(BEGIN))})

    async def given(reader: Reader) -> list[tuple[str, int | None]]:
        for changes in market.take_changes(hub.wanted()):
            hub.put(changes)
        hub.end_round()
        return [(it["kind"], it.get("event_count")) for it in await taken(hub, reader)]

    of_candles = Subscription(frozenset({"IBM"}), frozenset({"candle"}))
    usual = hub.add(Subscription(None, frozenset(USUAL_KINDS)), None)
    assert await given(usual) == [("trade", None), ("open", 1)]
    first = hub.add(of_candles, None)
    assert await given(first) == [("candle", 1)]
    hub.remove(first)
    market.on_trades([trade(1)], {0: ReadTo(2, micros(BEGIN))})
    assert await given(usual) == [("trade", None), ("open", 2)]
    late = hub.add(of_candles, None)
    with pytest.raises(TimeoutError):  # and not what was so when somebody wanted it last
        await asyncio.wait_for(hub.next(late), 0.01)
    assert await given(late) == [("candle", 2)]


async def test_readers_that_are_equally_far_share_what_they_are_sent() -> None:
    hub = begun()
    readers = [hub.add(ALL, None) for _ in range(2)]
    end_round(hub, Changes([trade(0)]))
    one, other = [await hub.next(reader) for reader in readers]
    assert one is other


async def test_closing_ends_a_reader_that_waits() -> None:
    hub = begun()
    reader = hub.add(ALL, None)
    waiting = asyncio.create_task(hub.next(reader))
    await asyncio.sleep(0)
    hub.close()
    assert await waiting is NOTHING


async def test_a_round_without_news_wakes_nobody() -> None:
    hub = begun()
    end_round(hub, Changes([trade(0)]))
    reader = hub.add(ALL, None)
    await hub.next(reader)
    end_round(hub, Changes())
    end_round(hub, Changes([trade(1)]))
    assert len((await hub.next(reader)).sent) == 1
    assert hub.skipped == 0


def test_an_hour_is_kept() -> None:
    recent = Recent()
    add(recent, 0)
    add(recent, 1, BEGIN_MS + 1)
    add(recent, 2, BEGIN_MS + KEPT_MS + 1)
    assert (recent.first.window, recent.next.window) == (1, 3)
    assert recent.first_window_ms() == BEGIN_MS + 1


def test_an_id_that_is_not_there_gives_what_came_since_a_little_before_it() -> None:
    recent = Recent()
    for number in range(10):
        add(recent, number, BEGIN_MS + number * 1000)
    assert recent.after(f"{BEGIN_MS + 8000}-w7-99").window == 3
    assert recent.after(f"{BEGIN_MS + 60_000}-w7-99").window == 10
    assert recent.after(f"{BEGIN_MS - 60_000}-w7-99").window == 0


def test_after_a_restart_what_another_partition_had_at_that_time_is_given_again() -> None:
    ibm, msft = (f"{BEGIN_MS}-w{it}-0" for it in (0, 1))
    before, again = Recent(), Recent()
    for recent, read in ((before, (ibm, msft)), (again, (msft, ibm))):
        for it in read:
            recent.add(it, BEGIN_MS, "window", "IBM", b"")
    assert before.after(ibm).window == 1  # it lacks MSFT's, which comes next
    again.put_in_order()
    assert again.after(ibm).window == 0  # and here it would have been left out


def test_what_is_read_twice_is_kept_once() -> None:
    recent = Recent()
    for number in (0, 1, 0, 1, 2):
        add(recent, number)
    kept = [it.id for it in recent.since(recent.first, KINDS)]
    assert kept == [id_of(number) for number in range(3)]
    assert recent.after(id_of(0)).window == 1


@pytest.mark.parametrize("begin", range(12))
def test_entries_are_given_from_any_number_on(begin: int) -> None:
    recent = Recent()
    for number in range(10):
        add(recent, number)
    found = [it.id.rpartition("-")[2] for it in recent.since(Position(begin, 0), KINDS)]
    assert found == [str(it) for it in range(10)][begin:]


@pytest.mark.parametrize("id_", ["", "5", "x-w0-1", "-w0-1", "٣-w0-1", "1" * 16 + "-w0-1"])
def test_what_is_no_id_is_refused(id_: str) -> None:
    with pytest.raises(ValueError, match="takes an id"):
        time_of(id_)


def test_a_trade_as_it_is_sent() -> None:
    assert json.loads(trade_message(trade(7, seconds=1.5))) == {
        "kind": "trade", "symbol": "IBM", "source": "synthetic", "provisional": False,
        "made_up": True, "price": 100.0, "volume": 5.0,
        "event_time": "2026-01-02T15:00:01.500000Z", "ingest_time": "2026-01-02T15:00:01.500000Z",
        "event_id": "run-7",
    }  # fmt: skip


def test_a_final_window_as_it_is_sent() -> None:
    assert json.loads(window_message("1-w0-0", window(0).window)) == {
        "kind": "window", "id": "1-w0-0", "symbol": "IBM", "source": "binance",
        "provisional": False, "made_up": False,
        "window_start": "2026-01-02T15:00:00.000000Z", "window_end": "2026-01-02T15:01:00.000000Z",
        "avg_price": 10.0, "max_price": 11.0, "min_price": 9.0, "open_price": 9.0,
        "close_price": 11.0, "stddev_price": 1.0, "volume": None, "event_count": 3,
        "max_deviation_pct": 10.0, "vwap": None,
    }  # fmt: skip


def test_an_alert_as_it_is_sent() -> None:
    assert json.loads(alert_message("1-a-0", ALERT)) == {
        "kind": "alert", "id": "1-a-0", "symbol": "IBM", "source": "replay", "provisional": False,
        "made_up": True, "alert_kind": "price", "alert_id": "0" * 32, "rule": "dear",
        "at": "2026-01-02T15:00:00.000000Z", "value": 1.0, "threshold": 0.5, "text": "IBM",
    }  # fmt: skip
