"""Scripts read settings as Compose does; images are built on the base images that it uses."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from stack import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with the scripts, and no `.env`."""
    shutil.copytree(CHECKOUT / "scripts", tmp_path / "scripts")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("", ""),
        ("AGGREGATES_URI=", ""),
        ("AGGREGATES_URI=/data/mine", "/data/mine"),
        ("AGGREGATES_URI= /data/mine # on the disk", "/data/mine"),
        (" AGGREGATES_URI = /data/mine", "/data/mine"),
        ("export AGGREGATES_URI=/data/mine", "/data/mine"),
        ("AGGREGATES_URI: /data/mine", "/data/mine"),
        ("\ufeffAGGREGATES_URI=/data/mine", "/data/mine"),
        ("AGGREGATES_URI=/data/mine#1\r", "/data/mine#1"),
        ('AGGREGATES_URI="/data/my own # windows" # quoted', "/data/my own # windows"),
        ("AGGREGATES_URI='/data/mine'", "/data/mine"),
        ("AGGREGATES_URI=/data/one\nAGGREGATES_URI=/data/two", "/data/two"),
        ("MY_AGGREGATES_URI=/data/mine\n#AGGREGATES_URI=/data/mine", ""),
    ],
)
def test_a_script_reads_a_line_of_the_env_file_as_compose_does(
    checkout: Path, line: str, value: str
) -> None:
    (checkout / ".env").write_text(f"{line}\n")
    spec = "services: {it: {image: none, environment: {IT: '${AGGREGATES_URI:-}'}}}"
    config = ["docker", "compose", "--file", "-", "config", "--format", "json"]
    said = subprocess.run(
        config, cwd=checkout, input=spec, check=True, capture_output=True, text=True
    ).stdout
    assert json.loads(said)["services"]["it"]["environment"] == {"IT": value}
    assert setting(checkout) == value


def setting(checkout: Path, **environment: str) -> str:
    """Ask the script for where the windows lie."""
    return subprocess.run(
        [checkout / "scripts" / "setting.sh", "AGGREGATES_URI"],
        env={"PATH": os.environ["PATH"]} | environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.removesuffix("\n")


def test_a_script_finds_a_setting_in_the_environment_first(checkout: Path) -> None:
    assert setting(checkout) == ""
    (checkout / ".env").write_text("AGGREGATES_URI=/data/mine\n")
    assert setting(checkout, AGGREGATES_URI="/data/theirs") == "/data/theirs"
    assert setting(checkout, AGGREGATES_URI="") == ""


@pytest.mark.parametrize(
    ("env", "arguments"),
    [
        (None, ""),
        ("FEED=synthetic\n", ""),
        ("PYTHON_IMAGE=mine:1\n", "--build-arg PYTHON_IMAGE=mine:1 "),
    ],
)
def test_base_images_are_those_of_the_env_file_if_there_is_one(
    checkout: Path, env: str | None, arguments: str
) -> None:
    if env is not None:
        (checkout / ".env").write_text(env)
    docker = checkout / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" > {checkout}/asked\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{checkout}:{os.environ['PATH']}"}
    build = checkout / "scripts" / "build.sh"
    subprocess.run([build, "a/Dockerfile", "test", "it:1"], check=True, env=environment)
    asked = (checkout / "asked").read_text()
    assert asked == f"build --quiet --file a/Dockerfile --target test --tag it:1 {arguments}.\n"


@pytest.mark.parametrize(
    ("kept", "code"),
    [("/host_mnt/home/data", 0), ("/run/desktop/mnt/host/wsl/data", 0), ("/elsewhere", 2)],
)
def test_a_volume_s_folder_may_be_named_as_docker_desktop_does(
    checkout: Path, kept: str, code: int
) -> None:
    shutil.copy(CHECKOUT / "compose.yaml", checkout)
    volume = f"    name: it\n    driver_opts:\n      device: {checkout}\n"
    (checkout / "config").write_text(f"volumes:\n  pipeline-data:\n{volume}")
    docker = checkout / "docker"
    docker.write_text(f"#!/bin/sh\n[ $1 != compose ] || exec cat {checkout}/config\necho {kept}\n")
    docker.chmod(0o755)
    environment = {"PATH": f"{checkout}:{os.environ['PATH']}"}
    check = checkout / "scripts" / "check-env.sh"
    assert subprocess.run([check], check=False, env=environment).returncode == code


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("", ["compose build --quiet sql"]),
        ("IMAGE_PREFIX=market-data\n", ["compose build --quiet sql"]),
        ("IMAGE_PREFIX=ghcr.io/owner/market-data\n", []),
    ],
)
def test_the_shell_of_a_release_is_not_built(checkout: Path, env: str, expected: list[str]) -> None:
    shutil.copy(CHECKOUT / "Makefile", checkout)
    (checkout / ".env").write_text(env)
    docker = checkout / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >> {checkout}/asked\n')
    docker.chmod(0o755)
    subprocess.run(
        ["make", "sql"],
        cwd=checkout,
        env={"PATH": f"{checkout}:{os.environ['PATH']}"},
        check=True,
        stdin=subprocess.DEVNULL,
    )
    *before, last = (checkout / "asked").read_text().splitlines()
    assert before == expected
    assert last == "compose run --rm --no-TTY sql"


def test_of_each_source_of_newer_versions_it_is_said_what_it_has() -> None:
    script = """
        . <(sed -n '/^list()/,/^}/p' scripts/outdated.sh)
        list same echo it 1 1 here
        list newer printf 'it 1 2 %s\\n' here there
        list away false
    """
    done = subprocess.run(
        ["bash", "-euc", script], cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    row = f"{'it':32} {'1':24} {'2':24} here there"
    assert done.stdout.splitlines() == ["same: nothing newer", "newer:", row, "away: not reachable"]


@pytest.mark.parametrize(
    "service", [it.parent.name for it in CHECKOUT.glob("services/*/Dockerfile")]
)
def test_what_an_image_has_from_the_checkout_as_it_is_may_be_read_there(service: str) -> None:
    """Under `umask 077` a checkout has files that nobody else reads; no service runs as root."""
    lines = (CHECKOUT / "services" / service / "Dockerfile").read_text().splitlines()
    copied = [it for it in lines if it.startswith("COPY") and "--from=" not in it]
    kept = [
        it for it in copied if it.split()[-1].startswith("/") and "/build/" not in it.split()[-1]
    ]
    assert [it for it in kept if not it.startswith("COPY --chmod=")] == []
