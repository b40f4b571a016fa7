"""Records with the verdict that each must get, written by hand in the ``.toml`` files."""

import base64
import tomllib
from importlib.resources import files
from typing import NamedTuple

from contracts.times import epoch_us


class Example(NamedTuple):
    """A record and what must be said of it.

    `verdict` is ``quote``, ``heartbeat`` or a reason. `schema` is what a JSON Schema validator says
    of the parsed value: ``accepts``, ``refuses``, or ``unread`` where nothing can be parsed;
    `blind` says why, where a schema cannot see what the check sees.
    """

    name: str
    value: bytes | None
    kafka_timestamp_ms: int
    verdict: str
    schema: str
    blind: str


class PlainExample(NamedTuple):
    """A record of a topic that the pipeline writes by itself, and whether it is valid there."""

    name: str
    value: bytes
    valid: bool


def load_plain(name: str) -> list[PlainExample]:
    """Read the examples of such a topic from ``<name>.toml``, in the order of the file."""
    content = tomllib.loads((files(__package__) / f"{name}.toml").read_text())
    return [
        PlainExample(entry["name"], entry["payload"].encode(), entry["valid"])
        for entry in content["example"]
    ]


def load() -> list[Example]:
    """Read all the examples of events, in the order of the file."""
    content = tomllib.loads((files(__package__) / "events.toml").read_text())
    timestamp_ms = epoch_us(content["kafka_timestamp"]) // 1000
    return [
        Example(
            name=entry["name"],
            value=_value(entry),
            kafka_timestamp_ms=timestamp_ms,
            verdict=entry["verdict"],
            schema=entry["schema"],
            blind=entry.get("blind", ""),
        )
        for entry in content["example"]
    ]


def _value(entry: dict[str, str]) -> bytes | None:
    if "base64" in entry:
        return base64.b64decode(entry["base64"])
    if "payload" not in entry:
        return None
    text = entry["payload"]
    if "repeat" in entry:  # the signs ¤ and § stand for many copies of these texts
        times = int(entry["times"])
        text = text.replace("¤", entry["repeat"] * times)
        text = text.replace("§", entry.get("close", "") * times)
    return text.encode()
