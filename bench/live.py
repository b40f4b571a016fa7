"""From the broker's clock to pixels: how long a trade takes to a card of each open page."""

import asyncio
import json
from datetime import datetime

from aiokafka import AIOKafkaConsumer
from playwright.sync_api import Browser

_SETTLED_MS = 5_000
# The trade of each card, and when it was first painted: a frame after the one that it was written
# in. What is there already is left out: a card that is drawn anew says its trade once more.
_WATCH = """() => {
    const there = [...document.querySelectorAll('[data-shown]')];
    window.painted = new Map(there.map(({ dataset }) => [dataset.shown, null]));
    new MutationObserver(changes => {
        const ids = changes.map(({ target }) => target.dataset.shown).filter(Boolean);
        if (!ids.length) return;
        requestAnimationFrame(() => setTimeout(() => {
            const at = Date.now();
            for (const id of ids) if (!window.painted.has(id)) window.painted.set(id, at);
        }));
    }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-shown'] });
}"""
_PAINTED = "[...window.painted].filter(([, at]) => at !== null)"

type Painted = list[tuple[str, int]]
"""Ids of trades, and when they were painted (ms since 1970)."""


def painted(browser: Browser, url: str, pages: int, seconds: float) -> Painted:
    """Keep so many pages of one profile open, and give what their cards came to show.

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
    found = [it for page in context.pages for it in page.evaluate(_PAINTED)]
    context.close()
    return found


def live_delays(shown: Painted, bootstrap: str, topic: str, since: datetime) -> list[float]:
    """Give the seconds from the broker's timestamp of each trade to when it was painted."""
    taken_in = dict(asyncio.run(_records(bootstrap, topic, since)))
    return [(at - taken_in[id_]) / 1000 for id_, at in shown if id_ in taken_in]


async def _records(bootstrap: str, topic: str, since: datetime) -> list[tuple[str, int]]:
    """Read the ids of all records since, and when the broker took them in (ms since 1970)."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        since_ms = int(since.timestamp() * 1000)
        begins = await consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
        for partition, begin in begins.items():
            consumer.seek(partition, begin.offset if begin else ends[partition])
        found: list[tuple[str, int]] = []
        while any([await consumer.position(it) < ends[it] for it in partitions]):
            batches = await consumer.getmany(timeout_ms=1000, max_records=10_000)
            for records in batches.values():
                found += [(json.loads(it.value)["event_id"], it.timestamp) for it in records]
        return found
    finally:
        await consumer.stop()
