"""The feed that the README shows, as it stands there."""

import re
from pathlib import Path

from producer.feeds.base import Feed

README = (Path(__file__).parent.parent / "README.md").read_text()


async def test_the_feed_that_the_readme_shows_runs(time):
    module, line = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(compile(module, "countdown.py", "exec"), names)
    feeds = eval(f"{{{line}}}", names)

    class Context:
        clock = time.clock()

    feed = feeds["countdown"](Context)
    assert isinstance(feed, Feed)
    quotes = [quote async for block in feed.blocks() for quote in block]
    assert [quote.price for quote in quotes] == [float(price) for price in range(60, 0, -1)]
    assert (quotes[-1].event_time - quotes[0].event_time).total_seconds() == 59
