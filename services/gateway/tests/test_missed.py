"""What a reader of the stream missed comes from the dataset, and costs little while it is slow."""

import asyncio
import gc
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from math import inf
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from make import BEGIN, micros, row, text, write

from contracts.reader.folder import Folder
from contracts.times import LAST_MS, from_ms
from gateway.history.missed import Missed
from gateway.history.pages import History
from gateway.history.query import Page, Query
from gateway.live.subscription import Subscription

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NOW = BEGIN + timedelta(hours=2)
WINDOWS = Subscription(None, frozenset({"window"}))
AN_HOUR_AGO_MS = micros(NOW - timedelta(hours=1)) // 1000


async def test_windows_come_oldest_first_some_at_a_time(tmp_path: Path) -> None:
    starts = [NOW - 3 * MINUTE + timedelta(milliseconds=100 * at) for at in range(150)]
    write(tmp_path, "a.parquet", *(row(it) for it in starts))
    missed = Missed(History(Folder(tmp_path)), MINUTE)
    found = [it async for it in missed.since(AN_HOUR_AGO_MS, (), NOW, WINDOWS)]
    assert [len(it.sent) for it in found] == [64, 64, 22]
    messages = [json.loads(it.message) for batch in found for it in batch.sent]
    assert [it["window_start"] for it in messages] == [text(it) for it in starts]
    assert {it["id"] for it in messages} == {f"{AN_HOUR_AGO_MS}-d-0"}


async def test_a_reader_that_is_stuck_half_way_holds_no_minute_of_objects(tmp_path: Path) -> None:
    rows = [row(NOW - 3 * MINUTE, f"S{number}") for number in range(12_000)]
    write(tmp_path, "a.parquet", *rows)
    del rows
    missed = Missed(History(Folder(tmp_path)), MINUTE)
    gc.collect()
    tracemalloc.start()
    try:
        reading = missed.since(AN_HOUR_AGO_MS, (), NOW, WINDOWS)
        assert len((await anext(reading)).sent) == 64
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 2_000_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """Note what is asked of the dataset."""
    queries, read = [], History.read

    def noted(history: History, query: Query) -> Page:
        queries.append(query)
        return read(history, query)

    monkeypatch.setattr(History, "read", noted)
    return queries


async def test_of_windows_of_a_day_the_minutes_are_read_in_which_those_that_are_over_began(
    tmp_path: Path, asked: list[Query]
) -> None:
    begun = NOW - DAY - 2 * MINUTE
    write(tmp_path, "a.parquet", row(begun, window_end=begun + DAY))
    missed = Missed(History(Folder(tmp_path)), DAY)
    [found] = [it async for it in missed.since(AN_HOUR_AGO_MS, (), NOW, WINDOWS)]
    assert [json.loads(it.message)["window_start"] for it in found.sent] == [text(begun)]
    # An hour, a minute for late ones, ten ahead of the clock.
    assert (asked[0].begin, asked[-1].end) == (NOW - DAY - 61 * MINUTE, NOW - DAY + 11 * MINUTE)


async def test_of_years_that_a_job_played_the_minutes_come_with_few_questions(
    tmp_path: Path, asked: list[Query]
) -> None:
    played = [BEGIN - day * DAY for day in range(5000, 0, -1)]
    wanted = played[::1000]
    for number, at in enumerate(wanted):
        write(tmp_path, f"{number}.parquet", row(at), row(at + 30 * MINUTE))
    missed = Missed(History(Folder(tmp_path)), MINUTE)
    found = [it async for it in missed.since(AN_HOUR_AGO_MS, played, NOW, WINDOWS)]
    starts = [json.loads(it.message)["window_start"] for batch in found for it in batch.sent]
    assert starts == list(map(text, wanted))
    assert len(asked) < 80


async def test_where_much_lies_between_them_the_minutes_are_read_one_by_one(
    tmp_path: Path, asked: list[Query]
) -> None:
    played = [BEGIN - day * DAY for day in range(50, 0, -1)]
    for number, at in enumerate(played):
        write(tmp_path, f"{number}.parquet", row(at), row(at + 30 * MINUTE))
    seconds = count()  # each look at the clock is a second after the one before
    missed = Missed(History(Folder(tmp_path), lambda: next(seconds)), MINUTE)
    found = [it async for it in missed.since(AN_HOUR_AGO_MS, played, NOW, WINDOWS)]
    starts = [json.loads(it.message)["window_start"] for batch in found for it in batch.sent]
    assert starts == list(map(text, played))
    assert len(asked) < 50 + 72 + 15
    assert {it.end - it.begin for it in asked if it.end and it.begin and it.within_s == inf} == {
        MINUTE
    }


async def test_of_a_full_minute_all_parts_come_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.history.missed._MOST_ROWS", 10)
    starts = [NOW - 3 * MINUTE + timedelta(seconds=at) for at in range(55)]
    write(tmp_path, "a.parquet", *(row(it) for it in starts))
    missed = Missed(History(Folder(tmp_path)), MINUTE)
    found = [it async for it in missed.since(AN_HOUR_AGO_MS, (), NOW, WINDOWS)]
    assert [json.loads(it.message)["window_start"] for batch in found for it in batch.sent] == list(
        map(text, starts)
    )


class Noted(ThreadPoolExecutor):
    """Notes what it is given to do."""

    def __init__(self) -> None:
        super().__init__(2)
        self.given = 0

    def submit(self, *work: Any) -> Any:
        self.given += 1
        return super().submit(*work)


async def test_where_a_reader_goes_the_next_one_waits_until_its_reading_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, read = Event(), History.read

    def held(history: History, query: Query) -> Page:
        may_end.wait()
        return read(history, query)

    monkeypatch.setattr(History, "read", held)
    executor = Noted()
    asyncio.get_running_loop().set_default_executor(executor)
    write(tmp_path, "a.parquet", row(NOW - 3 * MINUTE))
    missed = Missed(History(Folder(tmp_path)), MINUTE)

    async def first() -> int:
        return len((await anext(missed.since(AN_HOUR_AGO_MS, (), NOW, WINDOWS))).sent)

    try:
        gone, stays = asyncio.create_task(first()), asyncio.create_task(first())
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await asyncio.sleep(0)
        assert executor.given == 1
    finally:
        may_end.set()
    assert await stays == 1


async def test_the_last_minute_of_all_records_is_read_too(tmp_path: Path) -> None:
    last = from_ms(LAST_MS) - MINUTE
    write(tmp_path, "a.parquet", row(last))
    missed = Missed(History(Folder(tmp_path)), MINUTE)
    [found] = [it async for it in missed.since(AN_HOUR_AGO_MS, [last], NOW, WINDOWS)]
    assert [json.loads(it.message)["window_start"] for it in found.sent] == [text(last)]
