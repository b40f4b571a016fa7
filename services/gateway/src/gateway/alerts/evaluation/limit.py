"""How often a rule may trigger: one that does so too often is paused for an hour, and says so."""

from enum import Enum, auto

import msgspec

from gateway.clocks import is_within

HOUR_US = 3_600_000_000


class Allowance(Enum):
    """What becomes of an alert."""

    GIVEN = auto()
    PAUSED_NOW = auto()
    PAUSED = auto()


class Limit(msgspec.Struct):
    """When a rule triggered within the last hour, and until when it is paused (microseconds)."""

    triggered_us: list[int] = msgspec.field(default_factory=list, name="rung_us")  # so on the disk
    paused_until_us: int = 0

    def ask(self, now_us: int, most: int) -> Allowance:
        """Ask whether one more alert is allowed, of a rule that may give `most` within an hour."""
        if is_within(self.paused_until_us - HOUR_US, now_us, HOUR_US):
            return Allowance.PAUSED
        self.triggered_us = [it for it in self.triggered_us if is_within(it, now_us, HOUR_US)]
        if len(self.triggered_us) >= most:
            self.triggered_us, self.paused_until_us = [], now_us + HOUR_US
            return Allowance.PAUSED_NOW
        self.triggered_us.append(now_us)
        return Allowance.GIVEN
