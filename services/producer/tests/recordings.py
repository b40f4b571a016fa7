"""What the tests of the replay share: files in each form, one read whole, and a feed of one."""

import json
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from producer.feeds.replay.feed import ReplayFeed
from producer.feeds.replay.pace import Pace
from producer.feeds.replay.progress import ReplayNote
from producer.feeds.replay.recording import Recording
from producer.feeds.replay.rows import Counts
from producer.feeds.replay.sorter import Sorter

type Columns = dict[str, list[Any]]

LATEST = datetime(2026, 1, 3, 15, 4, 5, tzinfo=UTC)


def csv(path, columns: Columns):
    rows = [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join([",".join(columns), *rows]))


def objects(columns: Columns):
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def json_lines(path, columns: Columns):
    path.write_text("\n".join(map(json.dumps, objects(columns))))


def arrays(path, columns: Columns):
    path.write_text(json.dumps(columns))


def as_parquet(path, columns: Columns):
    parquet.write_table(pa.table(columns), path)


def recording(path, symbols=(), wanted=None):
    return Recording(path, symbols, wanted=wanted or {}, latest=LATEST)


def read(path, symbols=(), wanted=None):
    """Give rows, bad rows and counts of a file; every line must be accounted for."""
    it = recording(path, symbols, wanted)
    while it.survey.step():
        pass
    batches = list(it.batches())
    rows = [row for some in batches for row in some.rows]
    bad = [row for some in batches for row in some.bad]
    counts = Counts(0)
    for some in batches:
        counts = counts.plus(some.counts)
    assert counts.missing == 0
    assert counts == it.survey.facts.counts
    return rows, bad, counts


def values(path, symbols=(), wanted=None):
    """Give the rows of a file that has no bad ones, without their lines."""
    rows, bad, _ = read(path, symbols, wanted)
    assert bad == []
    return [(row.time, row.symbol, row.price, row.volume) for row in rows]


def feed(
    path, time, *, speed=0.0, original=True, repeat=False, symbols=(), destination="a",
    strict=False, wanted=None,
):  # fmt: skip
    async def where():
        return destination

    return ReplayFeed(
        recording(path, symbols, wanted),
        Pace(speed, original, repeat),
        time.clock(),
        destination=where,
        note=ReplayNote(path.with_name("producer.replayed")),
        sorter=Sorter(path.parent / "scratch" / "producer"),
        max_future_skew=timedelta(minutes=1),
        strict=strict,
    )


async def play(it, most=10_000):
    quotes = []
    async with aclosing(it.blocks()) as blocks:
        async for block in blocks:
            quotes += block
            if len(quotes) >= most:
                break
    return quotes[:most]


async def play_into(quotes, it):
    """Play a feed that ends with an error, and keep what came before."""
    async for block in it.blocks():
        quotes += block
