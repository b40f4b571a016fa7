"""If no engine can be installed, one line says what is missing and how to get it."""

import os
import subprocess
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[1]
BOOKWORM = "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n"


@pytest.fixture
def machine(tmp_path):
    """A machine on which nothing can be changed: what is run is what the test gives it."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()

    def command(name: str, script: str) -> None:
        (bin_ / name).write_text(f"#!/bin/sh\n{script}\n")
        (bin_ / name).chmod(0o755)

    def run(os_release: str, **env: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "os-release").write_text(os_release)
        return subprocess.run(
            [BOOTSTRAP / "engine.sh"],
            env={
                "PATH": f"{bin_}:{os.environ['PATH']}",
                "BOOTSTRAP_OS_RELEASE": str(tmp_path / "os-release"),
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    command("apt-get", f"touch {tmp_path}/apt-was-run; exit 1")
    command("docker", "exit 1")
    command("id", "echo 1000")
    run.command = command
    run.apt_was_run = (tmp_path / "apt-was-run").exists
    return run


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("bootstrap: missing: ")
    return line


def test_who_is_not_root_is_told_so(machine):
    assert "sudo bootstrap/run" in one_line(machine(BOOKWORM))
    assert not machine.apt_was_run()


@pytest.mark.parametrize(
    "os_release",
    [
        "ID=fedora\nVERSION_ID=42\n",
        "ID=debian\nVERSION_ID=11\nVERSION_CODENAME=bullseye\n",
        "ID=ubuntu\nVERSION_ID=20.04\nVERSION_CODENAME=focal\n",
        "ID=linuxmint\nID_LIKE=ubuntu\nVERSION_ID=22\n",
        "",
    ],
)
def test_system_it_does_not_know_is_told_what_to_do(machine, os_release):
    machine.command("id", "echo 0")
    assert "Debian 12, Ubuntu 22.04 or newer" in one_line(machine(os_release))
    assert not machine.apt_was_run()


def test_engine_elsewhere_is_not_replaced_by_one_here(machine):
    machine.command("id", "echo 0")
    assert "tcp://builder:2375" in one_line(machine(BOOKWORM, DOCKER_HOST="tcp://builder:2375"))
    assert not machine.apt_was_run()


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ("26.1.5 [buildx]", "missing: Docker Compose v2;"),
        ("26.1.5 [compose]", "missing: docker buildx;"),
        (" [buildx][compose]", "missing: a running container engine;"),
    ],
)
def test_what_is_missing_is_named(machine, found, missing):
    machine.command("docker", f"echo '{found}'")
    assert missing in one_line(machine(BOOKWORM))


@pytest.mark.parametrize("os_release", ["ID=fedora\nVERSION_ID=42\n", BOOKWORM])
def test_docker_that_does_not_reach_its_engine_is_quoted_and_not_to_be_installed(
    machine, os_release
):
    words = "permission denied while trying to connect to unix:///var/run/docker.sock"
    script = f"echo ' [buildx][compose]'; echo 'WARNING: of no use' >&2; echo '{words}' >&2; exit 1"
    machine.command("docker", script)
    line = one_line(machine(os_release))
    assert line.startswith(f"bootstrap: missing: a running container engine (docker says: {words})")
    assert "install" not in line
    assert not machine.apt_was_run()


def test_a_warning_of_docker_s_is_not_why_something_is_missing(machine):
    machine.command(
        "docker", "echo 'WARNING: Error loading config file' >&2; echo '26.1.5 [buildx]'"
    )
    line = one_line(machine("ID=fedora\nVERSION_ID=42\n"))
    assert line.startswith("bootstrap: missing: Docker Compose v2;")
    assert "docker says" not in line
    assert "install" in line


def test_complete_engine_is_left_alone_on_any_system_and_for_any_user(machine):
    machine.command("docker", "echo '26.1.5 [buildx][compose]'")
    result = machine("ID=fedora\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert not machine.apt_was_run()


def test_installation_that_fails_shows_why(machine):
    machine.command("id", "echo 0")
    machine.command("apt-get", "echo 'E: no mirror in reach'; exit 100")
    result = machine("ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n")
    assert result.returncode == 100
    assert "E: no mirror in reach" in result.stderr
