"""From the broker's clock to pixels: how long trades take to cards and open windows of pages."""

import asyncio
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from playwright.sync_api import Browser

_SETTLED_MS = 5_000
# The trade of each card, and what each open window has counted, and when it was first painted: a
# frame after the one that it was written in. What is there already is left out: a card that is
# drawn anew says its trade once more.
_WATCH = """() => {
    const there = [...document.querySelectorAll('[data-shown], [data-counted]')];
    window.painted = new Map(there.map(({ dataset }) => [dataset.shown ?? dataset.counted, null]));
    const said = ({ type, target, addedNodes }) => type === 'attributes'
        ? [target.dataset.shown] : [...addedNodes].map(({ dataset }) => dataset?.counted);
    new MutationObserver(changes => {
        const ids = changes.flatMap(said).filter(Boolean);
        if (!ids.length) return;
        requestAnimationFrame(() => setTimeout(() => {
            const at = Date.now();
            for (const id of ids) if (!window.painted.has(id)) window.painted.set(id, at);
        }));
    }).observe(document.body, {
        subtree: true, childList: true, attributes: true, attributeFilter: ['data-shown'],
    });
}"""
_PAINTED = "[...window.painted].filter(([, at]) => at !== null)"

type Painted = list[tuple[str, int]]
"""What a page came to show, and when it was painted (ms since 1970).

A trade by its id; an open window by its symbol, its source and the offsets that it counts to.
"""


class Record(NamedTuple):
    """A quote as the broker has it; `taken_in_ms` is its timestamp."""

    partition: int
    offset: int
    taken_in_ms: int
    symbol: str
    source: str
    event_id: str


def painted(browser: Browser, url: str, pages: int, seconds: float) -> list[Painted]:
    """Keep so many pages of one profile open, and give what each came to show.

    Each is in a window of its own: of tabs in one window a browser draws the one in front, and lets
    the others have a frame a second.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    first = context.new_page()
    first.goto(url)
    for _ in range(pages - 1):
        with context.expect_page():
            first.evaluate("window.open(location.href, '_blank', 'popup,width=1440,height=1000')")
    for page in context.pages:
        page.wait_for_selector(".live-price[data-shown]", timeout=120_000)
    first.wait_for_timeout(_SETTLED_MS)
    for page in context.pages:
        page.evaluate(_WATCH)
    first.wait_for_timeout(1000 * seconds)
    found = [page.evaluate(_PAINTED) for page in context.pages]
    context.close()
    return found


def trade_delays(pages: list[Painted], records: Iterable[Record]) -> list[float]:
    """Give the seconds from the broker's timestamp of each trade to when a card showed it."""
    taken_in = {it.event_id: it.taken_in_ms for it in records}
    shown = (it for page in pages for it in page)
    return [(at - taken_in[id_]) / 1000 for id_, at in shown if id_ in taken_in]


def open_window_delays(pages: list[Painted], records: Iterable[Record]) -> list[float]:
    """Give the seconds from the newest trade that an open window counts to when it was drawn so.

    A window that is drawn again for the same trade, as when the next one is open, counts once.
    """
    of_series: dict[tuple[str, str, int], list[Record]] = defaultdict(list)
    for it in records:
        of_series[it.symbol, it.source, it.partition].append(it)
    delays = []
    for page in pages:
        first_ms: dict[Record, int] = {}
        for counted, at in page:
            if not counted.startswith("["):
                continue
            symbol, source, offsets = json.loads(counted)
            before = [
                series[number - 1]
                for partition, offset in offsets.items()
                if (series := of_series[symbol, source, int(partition)])
                and (number := bisect_left(series, offset, key=lambda it: it.offset))
            ]
            if before:
                newest = max(before, key=lambda it: it.taken_in_ms)
                first_ms[newest] = min(at, first_ms.get(newest, at))
        delays += [(at - it.taken_in_ms) / 1000 for it, at in first_ms.items()]
    return delays


def records_since(bootstrap: str, topic: str, since: datetime) -> list[Record]:
    """Read the records that the broker took in since, in order within each partition."""
    return asyncio.run(_records(bootstrap, topic, since))


async def _records(bootstrap: str, topic: str, since: datetime) -> list[Record]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        since_ms = int(since.timestamp() * 1000)
        begins = await consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
        for partition, begin in begins.items():
            consumer.seek(partition, begin.offset if begin else ends[partition])
        found: list[Record] = []
        while any([await consumer.position(it) < ends[it] for it in partitions]):
            batches = await consumer.getmany(timeout_ms=1000, max_records=10_000)
            for partition, records in batches.items():
                found += (_record(partition.partition, it) for it in records)
        return found
    finally:
        await consumer.stop()


def _record(partition: int, it: ConsumerRecord) -> Record:
    event = json.loads(it.value)
    names = (event.get(name, "") for name in ("symbol", "source", "event_id"))  # not a heartbeat's
    return Record(partition, it.offset, it.timestamp, *names)
