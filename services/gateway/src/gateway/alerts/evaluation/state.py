"""What the rules know of the past: all that a restart has to find again."""

import hashlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import batched, islice
from typing import NamedTuple

import msgspec

from gateway.alerts.evaluation.extremes import Extremes
from gateway.alerts.evaluation.limit import Limit
from gateway.alerts.evaluation.past import Past
from gateway.alerts.evaluation.trigger import Trigger
from gateway.alerts.rules.kinds import Rule

MOST_WATCHED = 50_000
"""How much is watched at most: a topic may hold names without end."""
FORGOTTEN_AFTER_US = 2 * 86_400_000_000
"""A symbol without records for so long is forgotten: longer than any time that a rule may have."""
TRIGGERED_FORGOTTEN_AFTER_US = 14 * 86_400_000_000
"""The same for one that triggered and was not back yet, or that is missed: longer than holidays."""
UNSEEN_US = 60_000_000
"""After so long without a look at services and symbols, gateway or machine were stopped."""
MOST_AT_ONCE = 500
"""How much is encoded or looked at at once: some 5 ms of work, and nothing else runs meanwhile."""


class Key(NamedTuple):
    """What is watched: a rule, by its mark, for a symbol and source, or for a service."""

    mark: str
    name: str
    source: str = ""


class Watched(msgspec.Struct, omit_defaults=True):
    """What a rule knows of a symbol and source, or of a service.

    `extremes` and `past` are there where the rule's kind needs them.
    `last_us` is when the last window of it ended, its last quote came, or up to when a service had
    read all (microseconds since 1970);
    `last_at` names that quote. `count` is what was counted before. `heard_us` is when it was last
    found that there are records of it, `left_out_us` when that a symbol is not in the settings.
    """

    trigger: Trigger = msgspec.field(default_factory=Trigger)
    extremes: Extremes | None = None
    past: Past | None = None
    last_us: int = 0
    last_at: str = ""
    count: int = 0
    heard_us: int = 0
    left_out_us: int = 0

    @property
    def forgotten_after_us(self) -> int:
        """How long it is kept without a record."""
        is_waited_for = not self.trigger.armed or self.last_at
        return TRIGGERED_FORGOTTEN_AFTER_US if is_waited_for else FORGOTTEN_AFTER_US


def pack(known: Watched | Limit) -> bytes:
    """Encode what is known, to be kept."""
    return msgspec.msgpack.encode(known, enc_hook=lambda it: it.to_kept())


def unpack_watched(kept: bytes) -> Watched:
    """Read what was kept; raises `msgspec.MsgspecError`."""
    return msgspec.msgpack.decode(kept, type=Watched, dec_hook=lambda kind, it: kind.from_kept(it))


class State:
    """The state of all rules; `changed`, `changed_limits` and `changed_times` are not kept yet.

    `times` are by what happened then (microseconds since 1970). `full_for` holds the marks of the
    rules for which there is something that is not watched, `too_short_for` of those whose past has
    no room for enough windows, with how long these are (microseconds). Since `looking_since_us` the
    services are looked at without a break, in this process.

    What has changed up to a moment is encoded some at a time, and all else goes on in between:
    `change` is to be called before each change, and encodes first what is still to be encoded.
    """

    def __init__(
        self,
        watched: dict[Key, Watched] | None = None,
        limits: dict[str, Limit] | None = None,
        times: dict[str, int] | None = None,
    ) -> None:
        self.watched = watched or {}
        self.limits = limits or {}
        self.times = times or {}
        self.changed: set[Key] = set()
        self.changed_limits: set[str] = set()
        self.changed_times: set[str] = set()
        self.full_for: set[str] = set()
        self.too_short_for: dict[str, int] = {}
        self.looking_since_us = self._looked_us = 0
        self._heard: set[Key] = set()
        self._frozen: set[Key] = set()
        self._encoded: dict[Key, bytes | None] = {}

    def change(self, key: Key) -> None:
        """Hear that what is known changes now."""
        if key in self._frozen:
            self._encode(key)
        self.changed.add(key)

    def freeze(self) -> Mapping[Key, bytes | None]:
        """Take what has changed as it is now; it counts as kept, and `encode_some` fills it in."""
        while self.encode_some():
            pass
        self._frozen, self.changed = self.changed, set()
        encoded = self._encoded = {}
        self.encode_some()
        return encoded

    def encode_some(self) -> bool:
        """Encode some of what is frozen, None for what is forgotten; tell whether more is left."""
        for key in list(islice(self._frozen, MOST_AT_ONCE)):
            self._encode(key)
        if not self._frozen:
            self._encoded = {}
        return bool(self._frozen)

    def _encode(self, key: Key) -> None:
        self._frozen.remove(key)
        known = self.watched.get(key)
        self._encoded[key] = None if known is None else pack(known)

    def of(self, key: Key) -> Watched:
        """Give what is known, to be changed in place."""
        self.change(key)
        found = self.watched.get(key)
        if found is None:
            found = self.watched[key] = Watched()
        return found

    def watch(self, key: Key) -> Watched | None:
        """Give what is known of a symbol; None where it is new and no more can be watched."""
        if key not in self.watched and len(self.watched) >= MOST_WATCHED:
            self.full_for.add(key.mark)
            return None
        self._heard.add(key)
        return self.of(key)

    def limit_of(self, mark: str) -> Limit:
        """Give a rule's limit, to be changed in place."""
        self.changed_limits.add(mark)
        return self.limits.setdefault(mark, Limit())

    def note(self, what: str, at_us: int) -> None:
        """Take down when something happened last."""
        self.times[what] = at_us
        self.changed_times.add(what)

    def look(self, now_us: int) -> None:
        """Hear of a look at the services."""
        if not 0 <= now_us - self._looked_us <= UNSEEN_US:
            self.looking_since_us = now_us
        self._looked_us = now_us

    def forget_silent(self, now_us: int) -> Iterator[None]:
        """Forget symbols that were not watched anew for long, some at each step.

        To be asked with each new engine; what that watches between two steps stays.
        """
        heard, self._heard = self._heard, set()
        for some in batched([it for it in self.watched if it.source], MOST_AT_ONCE):
            for key in some:
                self._forget_silent(key, heard, now_us)
            yield

    def _forget_silent(self, key: Key, heard: AbstractSet[Key], now_us: int) -> None:
        watched = self.watched.get(key)
        if watched is None:  # its rule is gone
            return
        if key in heard or key in self._heard or not watched.heard_us:
            self.change(key)
            watched.heard_us = now_us
        elif now_us - watched.heard_us > watched.forgotten_after_us:
            self.change(key)
            del self.watched[key]

    def keep_only(self, marks: set[str]) -> None:
        """Forget what other rules knew."""
        self.full_for.clear()
        self.too_short_for.clear()
        for key in [it for it in self.watched if it.mark not in marks]:
            self.change(key)
            del self.watched[key]
        for mark in [it for it in self.limits if it not in marks]:
            del self.limits[mark]
            self.changed_limits.add(mark)


def mark_of(rule: Rule) -> str:
    """Give a rule's mark, a hash of what is written: a rule that is changed has an empty state."""
    written = msgspec.json.encode(rule, order="deterministic", enc_hook=str)
    return hashlib.sha256(written).hexdigest()[:16]
