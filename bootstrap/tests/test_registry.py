"""Which base images bootstrap uses, with a real registry and an engine that asks it."""

import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[1]
ROWS = [
    line.split()
    for line in (BOOTSTRAP / "images.list").read_text().splitlines()
    if not line.startswith("#") and "compose." not in line  # those of the default stack
]
UPSTREAM = {variable: upstream for variable, upstream, _ in ROWS}
STAND_IN = {variable: stand_in for variable, _, stand_in in ROWS}
USERS = "FEED=synthetic\n"
SILENT_REGISTRY = """
import socket
listener = socket.create_server(("127.0.0.1", 5000))
connections = []
while True:
    connections.append(listener.accept())
"""


def docker(*args: object, stdin: str = "") -> str:
    return subprocess.run(
        ["docker", *map(str, args)],
        input=stdin,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout


class Machine:
    """A container with an engine, a registry, a copy of bootstrap/, and no network."""

    def __init__(self, container: str) -> None:
        self.container = container

    def sh(self, script: str) -> str:
        return docker("exec", self.container, "sh", "-euc", script)

    def wait_for(self, script: str) -> None:
        deadline = time.monotonic() + 60
        while subprocess.run(
            ["docker", "exec", self.container, "sh", "-c", script], capture_output=True, check=False
        ).returncode:
            assert time.monotonic() < deadline, f"never came true: {script}"
            time.sleep(0.1)

    def bootstrap(self, **env: str) -> subprocess.CompletedProcess[str]:
        settings = [f"--env={name}={value}" for name, value in env.items()]
        return subprocess.run(
            ["docker", "exec", *settings, self.container, "/src/bootstrap/run"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def write_env(self, text: str) -> None:
        docker("exec", "-i", self.container, "sh", "-c", "cat > /src/.env", stdin=text)

    def env(self) -> str:
        return self.sh("cat /src/.env")

    def images(self) -> set[str]:
        return set(self.sh("docker image ls --format '{{.Repository}}:{{.Tag}}'").split())

    def serve(self, *upstream: str) -> None:
        """Starts the registry with these images, under their upstream names, and no other."""
        self.stop_serving()
        self.sh("rm -rf /var/lib/registry")
        docker("exec", "-d", self.container, "docker-registry", "serve", "/etc/registry.yml")
        self.wait_for(
            "python -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:5000/v2/\")'"
        )
        for image in upstream:
            name = "127.0.0.1:5000/" + (image if "/" in image else f"library/{image}")
            self.sh(
                f"tar -c -C / etc/hostname | docker import - {name}; docker push --quiet {name};"
                f"docker image rm {name}"
            )

    def serve_nothing_ever(self) -> None:
        self.stop_serving()
        docker("exec", "-d", self.container, "python", "-c", SILENT_REGISTRY)
        self.wait_for("grep -q ':1388 .* 0A ' /proc/net/tcp")  # 5000, listening

    def stop_serving(self) -> None:
        self.sh(
            "for p in /proc/[0-9]*; do case $(readlink $p/exe) in"
            "  */docker-registry | */python3*) kill -9 ${p#/proc/} ;;"
            " esac; done 2> /dev/null || true"
        )
        self.wait_for("! grep -q ':1388 .* 0A ' /proc/net/tcp")


@pytest.fixture(scope="module")
def engine() -> Iterator[Machine]:
    tag = "market-data/bootstrap:test"
    named = BOOTSTRAP.parent / ".env"
    base = re.findall(r"(?m)^PYTHON_IMAGE=(.+)$", named.read_text() if named.exists() else "")
    args = [f"--build-arg=PYTHON_IMAGE={base[-1]}"] if base else []
    docker("build", "--quiet", "--tag", tag, *args, BOOTSTRAP / "tests/machine")
    name = f"bootstrap-test-{uuid.uuid4().hex[:8]}"
    # No network: whatever it gets, it has from the registry beside it.
    docker("run", "-d", "--rm", "--init", "--privileged", "--network=none", "--name", name, tag)
    try:
        machine = Machine(name)
        machine.sh("mkdir /src")
        docker("cp", BOOTSTRAP, f"{name}:/src/")
        docker(
            "cp",
            BOOTSTRAP / "tests/machine/build-stub.sh",
            f"{name}:/src/bootstrap/stand-ins/build.sh",
        )
        machine.wait_for("docker info")
        yield machine
    finally:
        docker("rm", "--force", "--volumes", name)


@pytest.fixture
def machine(engine: Machine) -> Machine:
    """The engine as at first: no images, no registry, only the user's lines in .env."""
    engine.stop_serving()
    engine.sh("docker image prune --all --force; echo one > /mark")
    engine.write_env(USERS)
    return engine


def succeeds(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def named_in_block(machine: Machine) -> dict[str, str]:
    text = machine.env()
    assert text.startswith(USERS)
    return dict(re.findall(r"(?m)^(\w+_IMAGE)=(.*)$", text))


def test_upstream_images_are_pulled_and_nothing_is_written(machine):
    machine.serve(*UPSTREAM.values())
    machine.sh("rm /src/.env")
    succeeds(machine.bootstrap())
    assert machine.images() == set(UPSTREAM.values())
    machine.sh("test ! -e /src/.env")


def test_second_run_says_nothing_and_asks_nobody(machine):
    machine.serve(*UPSTREAM.values())
    succeeds(machine.bootstrap())
    machine.serve_nothing_ever()
    assert succeeds(machine.bootstrap()) == ""
    assert machine.env() == USERS


def test_without_a_registry_stand_ins_are_built_and_named(machine):
    output = succeeds(machine.bootstrap())
    assert "the registry gives none of them" in output
    assert machine.images() == set(STAND_IN.values())
    assert named_in_block(machine) == STAND_IN
    assert succeeds(machine.bootstrap()) == ""


def test_registry_that_never_answers_is_given_up(machine):
    machine.serve_nothing_ever()
    began = time.monotonic()
    output = succeeds(machine.bootstrap(BOOTSTRAP_REGISTRY_WAIT="2"))
    assert "no answer from the registry within 2 s" in output
    assert time.monotonic() - began < 30
    assert named_in_block(machine) == STAND_IN


def test_only_what_the_registry_lacks_is_built(machine):
    lacking = "SPARK_IMAGE"
    machine.serve(*(name for variable, name in UPSTREAM.items() if variable != lacking))
    output = succeeds(machine.bootstrap())
    assert f"{UPSTREAM[lacking]} cannot be pulled" in output
    assert named_in_block(machine) == {lacking: STAND_IN[lacking]}
    assert UPSTREAM["KAFKA_IMAGE"] in machine.images()


def test_stand_ins_go_on_when_the_registry_answers_until_they_are_removed(machine):
    succeeds(machine.bootstrap())
    machine.serve(*UPSTREAM.values())
    assert succeeds(machine.bootstrap()) == ""
    assert named_in_block(machine) == STAND_IN

    machine.sh(f"docker image rm {' '.join(STAND_IN.values())}")
    succeeds(machine.bootstrap())
    assert machine.images() == set(UPSTREAM.values())
    assert machine.env() == USERS


def test_stand_ins_are_made_anew_when_their_sources_change(machine):
    succeeds(machine.bootstrap())
    machine.sh("echo two > /mark")
    assert "building stand-ins" in succeeds(machine.bootstrap())
    assert succeeds(machine.bootstrap()) == ""


def test_image_that_the_user_names_is_theirs(machine):
    machine.serve("my/python:1")
    machine.write_env(USERS + 'PYTHON_IMAGE="my/python:1" # mine')
    succeeds(machine.bootstrap(SPARK_IMAGE="my/python:1"))
    assert named_in_block(machine) == {
        "PYTHON_IMAGE": '"my/python:1" # mine',
        **{v: STAND_IN[v] for v in ("KAFKA_IMAGE", "ZOOKEEPER_IMAGE", "MAVEN_IMAGE")},
    }
    assert machine.images().isdisjoint({STAND_IN["PYTHON_IMAGE"], STAND_IN["SPARK_IMAGE"]})


def test_image_that_the_user_names_and_nobody_has_is_said_in_one_line(machine):
    machine.write_env(USERS + "MAVEN_IMAGE=my/maven:1\n")
    result = machine.bootstrap()
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert "MAVEN_IMAGE names my/maven:1" in line
    assert machine.env() == USERS + "MAVEN_IMAGE=my/maven:1\n"


def test_settings_that_cannot_be_read_stop_it_before_anything_is_done(machine):
    machine.write_env('FEED="synthetic\n')
    result = machine.bootstrap()
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("bootstrap: the settings cannot be read: failed to read .env:")
    assert machine.images() == set()


def test_stand_in_in_the_environment_is_not_taken_for_the_users_choice(machine):
    succeeds(machine.bootstrap())
    succeeds(machine.bootstrap(PYTHON_IMAGE=STAND_IN["PYTHON_IMAGE"]))
    assert named_in_block(machine) == STAND_IN


def test_block_is_restored_without_asking_anybody(machine):
    succeeds(machine.bootstrap())
    machine.serve_nothing_ever()
    machine.write_env(USERS)
    assert succeeds(machine.bootstrap()) == ""
    assert named_in_block(machine) == STAND_IN
