"""How often a rule may ring: one that rings too often is paused for an hour, and says so."""

from enum import Enum, auto

import msgspec

from gateway.following.listener import CLOCK_DISORDER_US

HOUR_US = 3_600_000_000


class Leave(Enum):
    """What becomes of an alert."""

    GIVEN = auto()
    PAUSED_NOW = auto()
    PAUSED = auto()


class Limit(msgspec.Struct):
    """When a rule rang within the last hour, and until when it is paused (microseconds)."""

    rung_us: list[int] = []
    paused_until_us: int = 0

    def ask(self, now_us: int, most: int) -> Leave:
        """Ask leave for one alert of a rule that may give `most` within an hour."""
        ahead_us = now_us + CLOCK_DISORDER_US
        if now_us < self.paused_until_us <= ahead_us + HOUR_US:
            return Leave.PAUSED
        self.rung_us = [it for it in self.rung_us if now_us - HOUR_US < it <= ahead_us]
        if len(self.rung_us) >= most:
            self.rung_us, self.paused_until_us = [], now_us + HOUR_US
            return Leave.PAUSED_NOW
        self.rung_us.append(now_us)
        return Leave.GIVEN
