"""What Alpha Vantage says where it gives no quote, told apart by the few words that decide.

The sentences change (plural, premium plans, other numbers), and the same one has come under
``Note``, ``Information`` and ``Error Message``.
"""

import re
from enum import StrEnum


class Outcome(StrEnum):
    """What came of a call."""

    QUOTE = "quote"
    UNKNOWN_SYMBOL = "unknown_symbol"
    BURST_LIMIT = "burst_limit"
    DAILY_LIMIT = "daily_limit"
    REJECTED = "rejected"
    OTHER_SYMBOL = "other_symbol"
    NOT_UNDERSTOOD = "not_understood"
    UNAVAILABLE = "unavailable"


_ADDRESS = re.compile(r"\(?(?:\w+://|www\.)\S+")
_KEY = r"\bapi[ _-]?key\b"
_WRONG = (
    r"\b(?:invalid|missing|incorrect|wrong|unknown|expired|revoked|disabled|deactivated"
    r"|suspended|blocked|not (?:valid|found|active|recogni[sz]ed|authori[sz]ed))\b"
)
_FEW_WORDS = r"[^\w.!?]+(?:\w+[^\w.!?]+){0,4}?"  # of the same sentence
_PER = r"\b(?:per|an?|any|each|every|one|within|in)\b\W+"
_SHORT = r"(?:sec(?:ond)?s?|min(?:ute)?s?)\b"
_LIMIT = r"\W+(?:api |call |request |rate )*(?:limit|quota)"

_BURST = Outcome.BURST_LIMIT
_DAILY = Outcome.DAILY_LIMIT
_UNKNOWN = Outcome.UNKNOWN_SYMBOL  # calls for two symbols differ by nothing else
_REJECTED = Outcome.REJECTED

# The first that is found counts. A limit by the second or the minute goes before the day's, since
# its text speaks of the day's too, and both go before the premium plans that each of them offers.
_PATTERNS = (
    (r"\bdemo\b\W+api|\bdemo purposes\b", _REJECTED),
    (rf"{_KEY}{_FEW_WORDS}{_WRONG}|{_WRONG}{_FEW_WORDS}{_KEY}", _REJECTED),
    (r"\bis (?:only )?(?:a |an |for )?premium\b", _REJECTED),
    (rf"{_PER}(?:\d+\W+)?{_SHORT}|/ ?(?:s\b|{_SHORT})|\brp[sm]\b", _BURST),
    (rf"(?:{_PER}|/ ?)(?:hour|hr|h)\b", _BURST),
    (rf"\b(?:second|minute|hour)(?:ly)?{_LIMIT}", _BURST),
    (r"\bburst|\bsparing|\bspread|\bslow(?:er|ly|\W+down)?\b|\bthrottl", _BURST),
    (r"\btoo (?:many|fast|frequent|quick)", _BURST),
    (rf"(?:{_PER}|/ ?)(?:(?:trading|calendar) )?(?:day|24\W?h(?:ours?|rs?)?|week|month)\b", _DAILY),
    (r"\b(?:daily|monthly|today|tomorrow)\b", _DAILY),
    (r"\b(?:call|request)s? frequency\b", _BURST),
    (r"\binvalid (?:api )?(?:call|request|symbol|ticker|input)\b", _UNKNOWN),
    (r"\b(?:unknown|no such|unsupported) (?:symbol|ticker)\b", _UNKNOWN),
    (r"\b(?:symbol|ticker)\b[^.!?]*\b(?:invalid|not (?:found|supported|valid))\b", _UNKNOWN),
    (r"\bpremium\W+(?:\w+\W+)?(?:endpoint|function|feature|only)", _REJECTED),
    (r"\b(?:only|reserved|requires?|needs?)\b[^.!?]*\bpremium\b", _REJECTED),
    (r"\b(?:plan|subscription) does(?: not|n.t) (?:include|cover|allow)", _REJECTED),
)
_MEANINGS = tuple((re.compile(pattern), meaning) for pattern, meaning in _PATTERNS)


def meaning_of(message: str) -> Outcome | None:
    """Give what a message means, or None where no word of it decides."""
    text = _ADDRESS.sub(" ", message).lower()
    return next((meaning for pattern, meaning in _MEANINGS if pattern.search(text)), None)
