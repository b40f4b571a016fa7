"""When a rule rings for a symbol: on the way past its threshold, not for as long as it is past."""

import msgspec

from gateway.following.listener import CLOCK_DISORDER_US


class Trigger(msgspec.Struct):
    """Whether the next crossing rings, and when the last one did (microseconds since 1970)."""

    armed: bool = True
    rung_us: int | None = None


def step(trigger: Trigger, *, beyond: bool, back: bool, now_us: int, cooldown_us: int) -> bool:
    """Take in whether a value is beyond the threshold or well back from it; tell if it rings.

    After it rang it rings again only once the value was back. What is beyond during the cooldown
    rings when that is over, if it is still beyond.
    """
    trigger.armed = trigger.armed or back
    # What lies further ahead is of a clock that was set back, and would keep it silent for as long.
    since_us = None if trigger.rung_us is None else now_us - trigger.rung_us
    cooling = since_us is not None and -CLOCK_DISORDER_US <= since_us < cooldown_us
    if not (trigger.armed and beyond) or cooling:
        return False
    trigger.armed, trigger.rung_us = False, now_us
    return True
