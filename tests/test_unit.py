"""`make unit`: one package's tests, in an environment made once, or in the package's image.

And `make fmt`, and the container that an editor opens, in which all of them can be run.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from snippets import snippet
from stack import CHECKOUT, Stack, copy_checkout

ONE_FILE = ("debug-consumer", "tests/test_safe.py")


def unit(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "scripts" / "unit.sh", *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **env},
        text=True,
        timeout=600,
    )


@pytest.mark.long
def test_the_environment_is_made_once_and_anew_when_the_requirements_change(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    first = unit(tmp_path, *ONE_FILE)
    assert first.returncode == 0, first.stderr
    assert "unit: making .venv/debug-consumer" in first.stdout
    second = unit(tmp_path, *ONE_FILE)
    assert second.returncode == 0, second.stderr
    assert "making" not in second.stdout
    with (tmp_path / "services/debug-consumer/requirements-test.txt").open("a") as requirements:
        requirements.write("no-hash==1\n")
    third = unit(tmp_path, *ONE_FILE)
    assert third.returncode != 0
    assert "unit: making .venv/debug-consumer" in third.stdout


@pytest.mark.long
def test_arguments_choose_the_tests_and_types_are_checked(
    new_stack: Callable[[str], Stack],
) -> None:
    stack = new_stack("unit")
    chosen = ("P=debug-consumer", "ARGS=tests/test_safe.py -k any_bytes -x")
    done = stack.make("unit", *chosen, timeout_s=600, SEED="7")
    assert "1 passed" in done.stdout
    types = snippet("CONTRIBUTING.md", "cd services/dashboard")
    stack.shell("bash", "-c", types.replace("dashboard", "debug-consumer"), timeout_s=600)


@pytest.mark.long
def test_the_job_s_tests_run_in_its_image(new_stack: Callable[[str], Stack]) -> None:
    stack = new_stack("unit-job")
    done = stack.make("unit", "P=spark-job", "ARGS=tests/test_settings.py", timeout_s=800)
    assert " passed" in done.stdout


def test_without_a_package_index_the_last_line_says_what_it_takes(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    done = unit(tmp_path, *ONE_FILE, PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "unit: .venv/debug-consumer could not be made:"
        " pip needs a package index that it can reach, this once"
    )


def test_an_old_python_is_told_and_the_tests_run_in_the_image(tmp_path: Path) -> None:
    for name in ("python3.13", "python3.12", "python3", "uv"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = unit(CHECKOUT, *ONE_FILE, PATH=path, PYENV_ROOT=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("unit: no Python 3.12 or newer with venv here")
    assert " passed" in done.stdout


def test_an_unknown_package_is_told_with_those_that_there_are() -> None:
    done = unit(CHECKOUT, "produzer")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("unit: no package produzer; there are: contracts access ")


def test_the_devcontainer_is_the_tests_own_image_with_the_checkout_at_its_own_path() -> None:
    text = (CHECKOUT / ".devcontainer/devcontainer.json").read_text()
    config = json.loads(text.replace("${localWorkspaceFolder}", str(CHECKOUT)))
    assert config["initializeCommand"].endswith(f"tests/Dockerfile stack {config['image']}")
    mounts = [f"--mount={it}" for it in (config["workspaceMount"], *config["mounts"])]
    settings = [f"--env={name}={value}" for name, value in config["containerEnv"].items()]
    folder = f"--workdir={config['workspaceFolder']}"
    run = ["docker", "run", "--rm", *config["runArgs"], *mounts, *settings, folder, config["image"]]
    tools = "docker version && make help && pytest -p no:cacheprovider tests/test_windows.py"
    done = subprocess.run(
        [*run, "sh", "-ec", tools], capture_output=True, check=False, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_formatter_fixes_what_it_can_in_place(new_stack: Callable[[str], Stack]) -> None:
    stack = new_stack("fmt")
    path = stack.folder / "services" / "producer" / "src" / "producer" / "errors.py"
    kept = path.read_text()
    path.write_text(f"import os\n{kept}\n\n\n\ndef  first( ):\n    return   'IBM'\n")
    stack.shell("scripts/fmt.sh")
    assert path.read_text() == f'{kept}\n\ndef first():\n    return "IBM"\n'
