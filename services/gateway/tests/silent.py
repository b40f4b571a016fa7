"""Runs a gateway whose dataset never answers: prints its port, and a line once it asks for that.

Takes a folder for what it keeps.
"""

import sys
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

from gateway import app, command
from gateway.alerts.alerting import Places
from gateway.serving.server import listen


class Silent:
    """Answers nothing, as an object store behind a network that drops everything."""

    def days(self) -> list[date]:
        print("asked", flush=True)  # noqa: T201 - for the test
        Event().wait()
        return []


folder, listening = Path(sys.argv[1]), listen(0)
print(listening.getsockname()[1], flush=True)  # noqa: T201 - for the test
replaced: dict[str, Any] = {
    "listen": lambda: listening,
    "open_source": lambda _: Silent(),
    "_STATUS": folder,
    "_ALERT_PLACES": Places(folder / "rules.toml", folder, folder),
}
for name, value in replaced.items():
    setattr(app, name, value)
command._ALERTS = folder
sys.exit(command.main())
