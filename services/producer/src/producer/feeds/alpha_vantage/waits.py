"""How long to wait between calls, and how."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.clock import Clock, growing_waits
from producer.feeds.alpha_vantage.ledger import DAY

LONGEST_NAP_S = 60.0
_FIRST_WAIT_S, _LEAST_LONGEST_WAIT_S = 5.0, 60.0
_FIRST_NOT_UNDERSTOOD_S, _TIMES_LONGER = 300.0, 6.0


def waits(daily_calls: int) -> Iterator[float]:
    """Give seconds to wait after each failure in a row.

    In the end as long as calls are apart that use up the day's, since each that fails is one.
    """
    longest_s = max(DAY.total_seconds() / daily_calls, _LEAST_LONGEST_WAIT_S)
    return growing_waits(_FIRST_WAIT_S, longest_s)


def long_waits() -> Iterator[float]:
    """Give seconds to wait after answers that are not understood: five calls in the first day."""
    return growing_waits(_FIRST_NOT_UNDERSTOOD_S, DAY.total_seconds(), _TIMES_LONGER)


async def pause(clock: Clock, seconds: float) -> None:
    """Wait until either clock says that it is over.

    In naps: a machine that slept shows in the wall clock only, and one that was set back must not
    make it longer.
    """
    now, now_s = clock.now(), clock.monotonic()
    until, until_s = now + timedelta(seconds=seconds), now_s + seconds
    while now < until and now_s < until_s:
        left_s = min((until - now).total_seconds(), until_s - now_s)
        await clock.sleep(min(left_s, LONGEST_NAP_S))
        now, now_s = clock.now(), clock.monotonic()
