"""Finds secrets and addresses of package indexes, by `gitleaks` with `.gitleaks.toml`."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from stack import CHECKOUT

# The checkout may belong to somebody else than who runs the tests.
GIT = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}


def leaks(folder: Path, *, history: bool = False) -> list[str]:
    """Give rule and place of what is found in a folder's files, or in all commits of its past."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = ["gitleaks", "detect", "--no-banner", "--source", folder, "--exit-code", "0"]
        command += ["--config", CHECKOUT / ".gitleaks.toml", "--report-path", report.name]
        subprocess.run(
            [*command, *([] if history else ["--no-git"])],
            capture_output=True,
            check=True,
            env=os.environ | GIT,
            timeout=300,
        )
        found = json.load(report)
    return [f"{it['RuleID']}: {it['Commit']}:{it['File']}:{it['StartLine']}" for it in found]
