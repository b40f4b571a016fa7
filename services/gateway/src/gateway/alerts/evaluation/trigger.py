"""When a rule triggers for a symbol: on the way past its threshold, not while it stays past it."""

import msgspec

from gateway.following.listener import is_far_ahead


class Trigger(msgspec.Struct):
    """Whether the next crossing triggers, and when the last one did (microseconds since 1970)."""

    armed: bool = True
    triggered_us: int | None = msgspec.field(default=None, name="rung_us")  # so on the disk


def step(trigger: Trigger, *, beyond: bool, back: bool, now_us: int, cooldown_us: int) -> bool:
    """Take in whether a value is beyond the threshold or well back from it; tell if it triggers.

    After that it triggers again only once the value was back. What is beyond during the cooldown
    triggers when that is over, if it is still beyond.
    """
    trigger.armed = trigger.armed or back
    if not (trigger.armed and beyond) or _cools(trigger.triggered_us, now_us, cooldown_us):
        return False
    trigger.armed, trigger.triggered_us = False, now_us
    return True


def _cools(triggered_us: int | None, now_us: int, cooldown_us: int) -> bool:
    # One far ahead would keep it silent for as long.
    if triggered_us is None or is_far_ahead(triggered_us, now_us):
        return False
    return now_us - triggered_us < cooldown_us
