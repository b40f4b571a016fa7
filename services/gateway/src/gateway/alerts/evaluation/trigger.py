"""When a rule rings for a symbol: on the way past its threshold, not for as long as it is past."""

import msgspec

from gateway.following.listener import is_far_ahead


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
    if not (trigger.armed and beyond) or _cools(trigger.rung_us, now_us, cooldown_us):
        return False
    trigger.armed, trigger.rung_us = False, now_us
    return True


def _cools(rung_us: int | None, now_us: int, cooldown_us: int) -> bool:
    if rung_us is None or is_far_ahead(rung_us, now_us):  # which would keep it silent for as long
        return False
    return now_us - rung_us < cooldown_us
