"""The file of rules: what is wrong with it is said with the line and the rule's name."""

import re
from codecs import BOM_UTF8
from collections import Counter
from pathlib import Path

from gateway.alerts.rules.kinds import Rule, decode

MAX_BYTES = 1_000_000

_HEADER = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_NAME = re.compile(r"""\s*name\s*=\s*["'](.*)["']""")
_PLACE = re.compile(r"(?P<what>.*) - at `\$(?:\.rule\[(?P<rule>\d+)\])?(?P<rest>.*)`", re.DOTALL)
_FIELD = re.compile(r"\.(\w+)")
_NAMED_FIELD = re.compile(r"field `(\w+)`")


class RuleError(Exception):
    """The file holds no rules that can be used; the text says where and why, in one line."""


def read(path: Path) -> bytes:
    """Read the file; one that is not there is empty. Raises `RuleError`."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        if path.is_symlink():  # of a folder that is not mounted, say: it is not removed
            raise RuleError(f"{path.name} is a link to a file that is not there") from None
        return b""
    except OSError as error:
        raise RuleError(f"{path.name} cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise RuleError(f"{path.name} has over {MAX_BYTES:,} bytes")
    return content


def parse(content: bytes, name: str = "rules.toml") -> tuple[Rule, ...]:
    """Read the rules; raises `RuleError` with line and name for the first that is none."""
    content = content.removeprefix(BOM_UTF8)  # as editors on Windows write it
    try:
        rules = decode(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleError(f"{name}, line {line}: is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise RuleError(f"{name}{_where_and_why(content, str(error))}") from None
    names = Counter(rule.name for rule in rules)
    for number, rule in enumerate(rules):
        if names[rule.name] > 1:
            why = "another rule has the same name"
            raise RuleError(f"{name}{_in_rule(content, number, None)}: {why}")
    return rules


def _where_and_why(content: bytes, message: str) -> str:
    found = _PLACE.fullmatch(message)
    if found is None or found["rule"] is None:
        return f": {' '.join(message.split())}"
    field = _FIELD.match(found["rest"]) or _NAMED_FIELD.search(found["what"])
    where = _in_rule(content, int(found["rule"]), field[1] if field else None)
    named = f": {field[1]}" if field and _FIELD.match(found["rest"]) else ""
    return f"{where}{named}: {' '.join(found['what'].split())}"


def _in_rule(content: bytes, number: int, field: str | None) -> str:
    """Say where a rule (counted from 0), or a field of it, stands: its line and its name."""
    lines = content.decode(errors="replace").split("\n")  # no other character ends one
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    if number >= len(headers):
        return f", rule {number + 1}"
    end = headers[number + 1] if number + 1 < len(headers) else len(lines)
    block = lines[headers[number] : end]
    line = headers[number] + _line_of(field, block) + 1
    name = next((found[1] for it in block if (found := _NAME.match(it))), "")
    return f", line {line}, rule {name!r}" if name.isprintable() and name else f", line {line}"


def _line_of(field: str | None, block: list[str]) -> int:
    pattern = re.compile(rf"\s*[\"']?{field}[\"']?\s*=")
    return next((at for at, line in enumerate(block) if field and pattern.match(line)), 0)
