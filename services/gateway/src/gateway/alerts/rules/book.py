"""The rules in force: read at the start and whenever the file changes."""

from contextlib import suppress
from pathlib import Path

import structlog

from contracts.files import write_whole
from gateway.alerts.rules.file import RuleError, parse, read
from gateway.alerts.rules.kinds import Rule

_log = structlog.get_logger()


class RuleBook:
    """Follows the file; while it is wrong the rules of before stay, and `error` says why.

    A change counts once two looks have found the same: between them an editor may be writing it,
    and half of a file, or none, would end rules and all that they know.

    `last_good` is where a copy is kept of what was in force last: a restart finds the rules of
    before there, too.
    """

    def __init__(self, path: Path, last_good: Path) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.error: str | None = None
        self._path = path
        self._last_good = last_good
        self._content: bytes | None = None
        self._found: bytes | None = None
        self._has_looked = False

    def look(self) -> bool:
        """Read the file where it is another than before; tell whether other rules are in force."""
        is_first, self._has_looked = not self._has_looked, True
        try:
            content = self._read()
            is_settled, self._found = content == self._found or is_first, content
            if content == self._content or not is_settled:
                return False
            self._content = content
            rules = parse(content, self._path.name)
        except RuleError as error:
            self._refuse(str(error))
            return is_first and self._recall()
        self.error = None
        with suppress(OSError):  # a full disk is told by who keeps the alerts
            write_whole(self._last_good, content, synced=False)
        return self._put_in_force(rules)

    def _read(self) -> bytes:
        try:
            return read(self._path)
        except RuleError:
            self._content = None  # once it can be read again it counts, also if it is the same
            raise

    def _recall(self) -> bool:
        try:
            return self._put_in_force(parse(read(self._last_good)))
        except RuleError:
            return False

    def _put_in_force(self, rules: tuple[Rule, ...]) -> bool:
        changed, self.rules = rules != self.rules, rules
        _log.info("rules in force", rules=[rule.name for rule in rules])
        return changed

    def _refuse(self, why: str) -> None:
        if why != self.error:
            _log.error("the rules cannot be used: the previous ones stay in force", why=why)
        self.error = why
