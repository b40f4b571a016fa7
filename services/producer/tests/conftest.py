import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings

from contracts.clock import Clock

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@dataclass
class Time:
    """A clock that stands still until somebody sleeps."""

    now: datetime = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
    monotonic_s: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic_s += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, monotonic=lambda: self.monotonic_s, sleep=self.sleep)


@pytest.fixture
def time() -> Time:
    return Time()
