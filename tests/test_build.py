"""An image of a Dockerfile's target is built on the base images that compose uses."""

import os
import subprocess
from pathlib import Path

import pytest
from stack import CHECKOUT


@pytest.mark.parametrize(
    ("env", "arguments"),
    [
        (None, ""),
        ("FEED=synthetic\n", ""),
        ("PYTHON_IMAGE=mine:1\n", "--build-arg PYTHON_IMAGE=mine:1 "),
    ],
)
def test_base_images_are_those_of_the_env_file_if_there_is_one(
    tmp_path: Path, env: str | None, arguments: str
) -> None:
    script = tmp_path / "scripts" / "build.sh"
    script.parent.mkdir()
    script.write_text((CHECKOUT / "scripts" / "build.sh").read_text())
    if env is not None:
        (tmp_path / ".env").write_text(env)
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["bash", script, "a/Dockerfile", "test", "it:1"], check=True, env=environment)
    asked = (tmp_path / "asked").read_text()
    assert asked == f"build --quiet --file a/Dockerfile --target test --tag it:1 {arguments}.\n"
