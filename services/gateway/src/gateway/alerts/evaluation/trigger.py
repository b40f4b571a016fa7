"""When a rule triggers for a symbol: on the way past its threshold, not while it stays past it."""

import msgspec

from gateway.clocks import is_within


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
    if not (trigger.armed and beyond):
        return False
    before_us = trigger.triggered_us
    if before_us is not None and is_within(before_us, now_us, cooldown_us):
        return False
    trigger.armed, trigger.triggered_us = False, now_us
    return True
