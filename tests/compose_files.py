"""The compose files, as compose reads and merges them."""

import json
import os
import subprocess
from typing import Any

from stack import CHECKOUT

type Service = dict[str, Any]
"""A service as `docker compose config` gives it."""
_PARTS = ("brokers", "cluster", "s3", "secure")
_BESIDE_SECURE = ("secure-brokers", "secure-cluster", "secure-s3")
_OTHERS = ("second-producer", "metrics", "dev")
TOGETHER = [(), *((it,) for it in _PARTS), (*_PARTS, *_BESIDE_SECURE), _OTHERS]
"""Overlays by which all services can be judged.

Each alone shows what it adds; together, what it changes of another's.
"""


def services(*overlays: str, **settings: str) -> dict[str, Service]:
    """Give the services of `compose.yaml` with overlays (`s3`), other settings at defaults."""
    return merged(*(f"compose.{it}.yaml" for it in overlays), **settings)


def merged(*overlays: str, **settings: str) -> dict[str, Service]:
    """Give the same with the files of overlays."""
    files = [f"--file={it}" for it in ("compose.yaml", *overlays)]
    done = subprocess.run(
        ["docker", "compose", "--env-file", "/dev/null", "--profile", "*", *files,
         "config", "--format", "json"],
        cwd=CHECKOUT, env={"PATH": os.environ["PATH"]} | settings,
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Service] = json.loads(done.stdout)["services"]
    return found
