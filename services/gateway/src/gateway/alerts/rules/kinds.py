"""The rules that a person writes: what each kind takes, and how it is decoded."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from contracts.alerts import MAX_RULE
from contracts.settings import parse_duration
from contracts.sources import Source, is_made_up
from contracts.symbols import SYMBOL_PATTERN, SYMBOL_RULE
from contracts.times import MICROSECOND

MOST_RULES = 200

type Over = Annotated[float, Meta(gt=0, le=1e15)]
type Percent = Annotated[float, Meta(gt=0, le=1e6)]
type Factor = Annotated[float, Meta(gt=1, le=1e6)]
type Hysteresis = Annotated[float, Meta(ge=0, lt=100)]

_SYMBOL = re.compile(SYMBOL_PATTERN)


class Span(timedelta):
    """A length of time over 0 and up to a day, written as in the settings: ``5 minutes``."""

    @property
    def us(self) -> int:
        """The same in microseconds."""
        return self // MICROSECOND


class Common(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What every rule has.

    `cooldown` is the least time between two alerts for the same symbol and source; a rule that
    would give more than `max_per_hour` within an hour is paused for an hour.
    """

    name: Annotated[str, Meta(min_length=1, max_length=MAX_RULE)]
    cooldown: Span = Span(minutes=5)
    max_per_hour: Annotated[int, Meta(ge=1, le=1000)] = 20

    def __post_init__(self) -> None:
        if not self.name.isprintable() or self.name != self.name.strip():
            raise ValueError("the name has characters that cannot be seen, or spaces at its ends")


class Selecting(Common, frozen=True, kw_only=True):
    """What a rule about prices has: which symbols (names or patterns) and sources it is for.

    None named means all. Made-up prices, synthetic and replayed ones, count only with `made_up`.
    """

    symbols: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    made_up: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for pattern in self.symbols:
            if not _SYMBOL.match(pattern.replace("*", "A").replace("?", "A")):
                raise ValueError(f"{pattern!r} is no symbol ({SYMBOL_RULE}), nor one with * and ?")
        if not self.made_up and any(is_made_up(name) for name in self.sources):
            raise ValueError("the sources name made-up prices, which need made_up = true")


class PriceRule(Selecting, frozen=True, kw_only=True, tag="price"):
    """A price over or under a threshold."""

    over: Over | None = None
    under: Over | None = None
    on: Literal["trades", "windows"] = "trades"
    hysteresis_pct: Hysteresis = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.over is None) == (self.under is None):
            raise ValueError("takes one of over and under")


class ChangeRule(Selecting, frozen=True, kw_only=True, tag="change"):
    """A price that changes by so many per cent within a time, up or down."""

    pct: Percent
    within: Span
    on: Literal["trades", "windows"] = "trades"
    hysteresis_pct: Hysteresis = 10.0


class SpikeRule(Selecting, frozen=True, kw_only=True, tag="spike"):
    """A final window whose highest price is so many per cent over its mean."""

    max_deviation_pct: Percent
    hysteresis_pct: Hysteresis = 10.0


class VolatilityRule(Selecting, frozen=True, kw_only=True, tag="volatility"):
    """A final window whose deviation is so many times the mean of its own past."""

    factor: Factor
    past: Span
    hysteresis_pct: Hysteresis = 10.0


class VolumeRule(Selecting, frozen=True, kw_only=True, tag="volume"):
    """A final window whose volume is so many times the mean of its own past."""

    factor: Factor
    past: Span
    hysteresis_pct: Hysteresis = 10.0


class NoQuotesRule(Selecting, frozen=True, kw_only=True, tag="no_quotes"):
    """A symbol that had quotes and has none for a time, while its market is open."""

    after: Span


A_MINUTE = Span(minutes=1)


class PipelineRule(Common, frozen=True, kw_only=True, tag="pipeline"):
    """A state of the pipeline itself.

    `behind` is how far the job has to be for ``job_behind``, `after` how long the broker has to be
    away for ``broker_away``; a minute where that is None.
    """

    state: Literal[
        "job_behind", "job_failed", "broker_away", "refused", "feed_failed", "key_rejected"
    ]
    behind: Span | None = None
    after: Span | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for key, given, state in (
            ("behind", self.behind, "job_behind"),
            ("after", self.after, "broker_away"),
        ):
            if given is not None and self.state != state:
                raise ValueError(f"{key} is for the state {state} only")


type WindowRule = PriceRule | ChangeRule | SpikeRule | VolatilityRule | VolumeRule
type Rule = WindowRule | NoQuotesRule | PipelineRule


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: Annotated[tuple[Rule, ...], Meta(max_length=MOST_RULES)] = ()


def decode(content: bytes) -> tuple[Rule, ...]:
    """Read rules from TOML; raises `msgspec.DecodeError` for what is none."""
    return msgspec.toml.decode(content, type=_File, dec_hook=_span).rule


def _span(kind: type, value: Any) -> Span:
    if kind is not Span:
        raise NotImplementedError
    length = parse_duration(value)
    if not timedelta(0) < length <= timedelta(days=1):
        raise ValueError("takes a time over 0 and up to 1 day")
    return Span(days=length.days, seconds=length.seconds, microseconds=length.microseconds)
