"""The rules in force: read at the start and whenever the file changes."""

from pathlib import Path

import structlog

from gateway.alerts.rule_file import RuleError, parse, read
from gateway.alerts.rules import Rule

_log = structlog.get_logger()


class RuleBook:
    """Follows the file; while it is wrong the rules of before stay, and `error` says why."""

    def __init__(self, path: Path) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.error: str | None = None
        self._path = path
        self._content: bytes | None = None

    def look(self) -> bool:
        """Read the file where it is another than before; tell whether other rules are in force."""
        try:
            content = read(self._path)
            if content == self._content:
                return False
            self._content = content
            rules = parse(content, self._path.name)
        except RuleError as error:
            self._refuse(str(error))
            return False
        self.error = None
        changed, self.rules = rules != self.rules, rules
        _log.info("rules in force", rules=[rule.name for rule in rules])
        return changed

    def _refuse(self, why: str) -> None:
        if why != self.error:
            _log.error("the rules cannot be used: those of before stay", why=why)
        self.error = why
