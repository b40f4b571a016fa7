"""The compose files, as compose reads and merges them."""

import json
import os
import subprocess
from typing import Any

from stack import CHECKOUT

type Service = dict[str, Any]
"""A service as `docker compose config` gives it."""


def services(*overlays: str) -> dict[str, Service]:
    """Give the services of `compose.yaml` with overlays (`s3`), at the defaults of all settings."""
    names = ["compose.yaml", *(f"compose.{it}.yaml" for it in overlays)]
    files = [f"--file={it}" for it in names]
    done = subprocess.run(
        ["docker", "compose", "--env-file", "/dev/null", "--profile", "*", *files,
         "config", "--format", "json"],
        cwd=CHECKOUT, env={"PATH": os.environ["PATH"]},
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Service] = json.loads(done.stdout)["services"]
    return found
