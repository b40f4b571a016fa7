"""A stack of its own: one compose project in a copy of the checkout, with free ports."""

import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import dataset
import stored
import topic
from events import US, Record
from topic import Message
from waiting import wait_for
from windows import Calculation, assert_none, calculate, differences

CHECKOUT = Path(__file__).parent.parent
BROKERS = {"zookeeper", "kafka"}
LONG_RUNNING = BROKERS | {"producer", "spark-job", "dashboard", "gateway"}
ONE_SHOTS = {"topic-init", "volume-init"}
SHORT_WINDOWS = {"WINDOW_LENGTH": "6 seconds", "WINDOW_SLIDE": "2 seconds"}
"""Settings for a stack whose windows are soon final."""
_DURATIONS = {
    "WINDOW_LENGTH": "1 minute",
    "WINDOW_SLIDE": "5 seconds",
    "WATERMARK_DELAY": "0 seconds",
}
"""What these settings are where a stack does not set them."""
_ON_ITS_WAY_S = 2  # a heartbeat a second, and what it takes to the broker

live: list["Stack"] = []
"""The stacks that are there now, for the report of a failure."""
_removing: list[subprocess.Popen[bytes]] = []


def _ports() -> Iterator[int]:
    """Give ports that are free, each once, and no two test processes (pytest-xdist) the same.

    They are out of the range from which outgoing connections take theirs.
    """
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + 2_500 * (process % 4)
    for port in random.sample(range(first, first + 2_500), 2_500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                yield port


free_port = partial(next, _ports())
"""Gives a port that nobody has, and that nobody was given."""


def base_images() -> dict[str, str]:
    """Read what the checkout's `.env` names as base images; nothing else of it counts."""
    env = CHECKOUT / ".env"
    lines = env.read_text().splitlines() if env.exists() else []
    return {
        name: value
        for name, _, value in (line.partition("=") for line in lines)
        if name.endswith("_IMAGE")
    }


def base_image(variable: str) -> str:
    """Name the base image of a variable: the checkout's `.env`, or the upstream one."""
    listed = (CHECKOUT / "bootstrap/images.list").read_text()
    (upstream,) = re.findall(rf"^{variable} +(\S+)", listed, re.MULTILINE)
    return base_images().get(variable, upstream)


def copy_checkout(to: Path) -> None:
    """Copy what is or may be committed, as it is now."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-coz", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in filter(None, listing.split("\0")):
        if (CHECKOUT / name).exists():  # not one that was deleted and not committed
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, to / name)


def wait_until_removed() -> None:
    """Wait until all that was closed is gone."""
    for it in _removing:
        it.wait(240)
    _removing.clear()


def main_process(container: dict[str, Any]) -> int:
    """Give the id, on the host, of the process that a container is there for."""
    first: int = container["State"]["Pid"]
    if not container["HostConfig"]["Init"]:
        return first
    # With `init`, the first process only watches over the service's own.
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return int(children[0]) if children else first


class Stack:
    """A compose project, started, looked at and broken as a person would from a shell.

    Settings are lines of its `.env`; what tells it from other projects (name, ports, the tag of its
    images) comes from the environment, and so stays when `.env` is written over.
    """

    def __init__(self, folder: Path, project: str, image_tag: str) -> None:
        self.folder = folder
        self.project = project
        self.data = folder / "volumes" / "data"
        self.page_port = free_port()
        self.gateway_port = free_port()
        self.environment = {
            "COMPOSE_PROJECT_NAME": project,
            "IMAGE_TAG": image_tag,
            "KAFKA_HOST_PORT": str(free_port()),
            "KAFKA_2_HOST_PORT": str(free_port()),
            "KAFKA_3_HOST_PORT": str(free_port()),
            "S3_HOST_PORT": str(free_port()),
            "DASHBOARD_PORT": str(self.page_port),
            "GATEWAY_PORT": str(self.gateway_port),
            "SPARK_UI_PORT": str(free_port()),
            "SPARK_MASTER_UI_PORT": str(free_port()),
        }
        self.settings: dict[str, str] = {}
        copy_checkout(folder)
        live.append(self)

    # --- as from a shell --------------------------------------------------------------------------

    def set(self, **settings: str) -> None:
        """Write `.env`: the base images, the settings of before, and these; '' takes one away."""
        self.settings |= settings
        lines = [f"{name}={value}" for name, value in (base_images() | self.settings).items()]
        (self.folder / ".env").write_text("\n".join(lines) + "\n")

    def shell(
        self,
        *command: str,
        check: bool = True,
        typed: str = "",
        timeout_s: float = 240,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder; `check` fails the test when it fails."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment() | environment,
            capture_output=True,
            check=False,
            input=typed,
            text=True,
            timeout=timeout_s,
        )
        assert not check or done.returncode == 0, (
            f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def _environment(self) -> dict[str, str]:
        passed = {"PATH", "HOME", "DOCKER_HOST", "http_proxy", "https_proxy", "no_proxy"}
        kept = {name: value for name, value in os.environ.items() if name in passed}
        return kept | self.environment

    def compose(
        self, *arguments: str, check: bool = True, timeout_s: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """Run `docker compose`."""
        return self.shell("docker", "compose", *arguments, check=check, timeout_s=timeout_s)

    def make(
        self, *arguments: str, check: bool = True, timeout_s: float = 400, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `make`."""
        return self.shell("make", *arguments, check=check, timeout_s=timeout_s, **environment)

    def up(self, *services: str) -> None:
        """Start, and wait until all is healthy; one-shots that are named have ended well before."""
        # Compose, told to wait for a one-shot, takes one that it finds ended for a fault.
        short = [it for it in services if it in ONE_SHOTS]
        if short:
            self.compose("up", "--detach", *short)
            for found in self.containers_of(*short):
                assert self.shell("docker", "wait", found["Id"]).stdout == "0\n", found["Name"]
        lasting = [it for it in services if it not in ONE_SHOTS]
        if lasting or not services:
            self.compose("up", "--detach", "--wait", "--wait-timeout", "200", *lasting)

    def debug(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the debug-consumer."""
        run = ("--profile", "debug", "run", "--rm", "--no-deps", "--no-TTY", "debug-consumer")
        return self.compose(*run, *arguments, check=check, timeout_s=120)

    def close(self) -> None:
        """Begin to remove all of it: containers, networks, volumes, files; once is enough.

        The next one may start meanwhile; `wait_until_removed` comes at the end.
        """
        if self not in live:
            return
        live.remove(self)
        down = ("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "0")
        _removing.append(
            subprocess.Popen(
                ("sh", "-c", 'docker compose "$@"; rm -rf "$PWD"', "remove", *down),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C does not end it
            )
        )

    # --- looking at containers --------------------------------------------------------------------

    def containers_of(self, *services: str) -> list[dict[str, Any]]:
        """Give what `docker inspect` says of each container of services; of all without any."""
        ids = self.compose("--profile", "*", "ps", "--all", "--quiet", *services).stdout.split()
        if not ids:
            return []
        found: list[dict[str, Any]] = json.loads(self.shell("docker", "inspect", *ids).stdout)
        return found

    def containers(self) -> dict[str, dict[str, Any]]:
        """Give what `docker inspect` says of a container of each service, by service."""
        found = self.containers_of()
        return {it["Config"]["Labels"]["com.docker.compose.service"]: it for it in found}

    def container(self, service: str) -> dict[str, Any]:
        """Give what `docker inspect` says of one service's container."""
        return self.containers()[service]

    def health(self) -> dict[str, str]:
        """Give the health of the services that have one."""
        return {
            service: it["State"]["Health"]["Status"]
            for service, it in self.containers().items()
            if "Health" in it["State"]
        }

    def long_running(self) -> tuple[str, ...]:
        """Name the services that the engine starts again whenever they end, sorted."""
        config = json.loads(self.compose("config", "--format", "json").stdout)
        services = config["services"].items()
        return tuple(sorted(name for name, it in services if it.get("restart") == "unless-stopped"))

    def wait_healthy(self, timeout_s: float = 180) -> None:
        """Wait until every long-running service is healthy."""
        services = self.long_running()

        def healthy() -> bool:
            found = self.containers_of(*services)
            names = {it["Config"]["Labels"]["com.docker.compose.service"] for it in found}
            states = {it["State"].get("Health", {}).get("Status") for it in found}
            return names == set(services) and states == {"healthy"}

        wait_for(f"{self.project} healthy", healthy, timeout_s)

    def restarts(self) -> dict[str, int]:
        """Give how often each container was started again by its restart policy."""
        return {service: it["RestartCount"] for service, it in self.containers().items()}

    def started_at(self) -> dict[str, str]:
        """Give when each container was last started."""
        return {service: it["State"]["StartedAt"] for service, it in self.containers().items()}

    def logs(self, service: str) -> str:
        """Give all that a service has logged."""
        return self.log_of(self.container(service)["Id"])

    def all_logs(self) -> dict[str, str]:
        """Give all that each service has logged, by service."""
        return {service: self.log_of(it["Id"]) for service, it in self.containers().items()}

    def log_of(self, container: str) -> str:
        """Give all that a container has logged, by its id."""
        done = self.shell("docker", "logs", container)
        return done.stdout + done.stderr

    def memory_mib(self, service: str) -> float:
        """Tell what a service's container takes, without files that the kernel could forget."""
        id_ = self.container(service)["Id"]
        found = self.shell(
            "docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", id_
        ).stdout
        return float(found.split("MiB")[0])

    def main_processes(self, *services: str) -> list[int]:
        """Give the ids, on the host, of the processes that services are there for.

        Waits for a service that the engine is about to start again: until then it has no process,
        and the engine calls it running all the same.
        """

        def there() -> list[dict[str, Any]] | None:
            found = self.containers_of(*services)
            return found if all(it["State"]["Pid"] for it in found) else None

        containers = wait_for(f"processes of {', '.join(services)}", there, 60)
        return [main_process(it) for it in containers]

    def kill(self, service: str) -> None:
        """End a service's main process with SIGKILL, as the kernel would."""
        for pid in self.main_processes(service):
            os.kill(pid, signal.SIGKILL)

    def set_link(self, link: str, mode: str) -> None:
        """Let a link between services (`link.py`) be open, cut, one-way, slow or half-open."""
        self.compose("exec", "--no-TTY", link, "sh", "-c", f"echo {mode} > /tmp/mode")

    def report(self) -> str:
        """Say how all containers are and what they logged last."""
        parts = [self.compose("--profile", "*", "ps", "--all", check=False).stdout]
        for service, it in sorted(self.containers().items()):
            well = it["State"]["ExitCode"] == 0 and it["RestartCount"] == 0
            lines = "4" if well and service in BROKERS | ONE_SHOTS else "12"
            logs = self.shell("docker", "logs", "--tail", lines, it["Id"], check=False)
            said = (logs.stdout + logs.stderr).splitlines()
            parts += [f"--- {service}", *(line[:400] for line in said)]
        return "\n".join(parts)

    # --- looking at data --------------------------------------------------------------------------

    @property
    def bootstrap(self) -> str:
        """Where the brokers are reached from the host."""
        names = ["KAFKA_HOST_PORT"]
        if self.has("compose.brokers.yaml"):
            names += ["KAFKA_2_HOST_PORT", "KAFKA_3_HOST_PORT"]
        return ",".join(f"localhost:{self.environment[name]}" for name in names)

    def has(self, overlay: str) -> bool:
        """Tell whether the stack runs with an overlay."""
        files = (self.settings | self.environment).get("COMPOSE_FILE", "")
        return overlay in files.split(":")

    def login(self, user: str) -> topic.Login:
        """Say how a user of `compose.secure.yaml` logs in at Kafka; without it nobody has to."""
        if not self.has("compose.secure.yaml"):
            return topic.NOBODY
        folder = self.folder / "volumes" / "secure" / user
        return {
            "security_protocol": "SASL_SSL",
            "ssl_context": ssl.create_default_context(cafile=folder / "ca.pem"),
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": (folder / "password").read_text(),
        }

    @property
    def page_url(self) -> str:
        """Where the page is."""
        return f"http://localhost:{self.page_port}"

    def topic_name(self) -> str:
        """Name the topic of this stack."""
        return self.settings.get("KAFKA_TOPIC") or "raw_api_events"

    def records(self) -> list[Record]:
        """Read the topic."""
        login = self.login("debug-consumer")
        return topic.read(self.bootstrap, self.topic_name(), len(self.partitions()), login)

    def partitions(self) -> range:
        """List the topic's partitions, as the settings have them."""
        return range(int(self.settings.get("KAFKA_PARTITIONS") or 1))

    def refused(self) -> list[dict[str, Any]]:
        """Read the dead-letter topic."""
        login = self.login("debug-consumer")
        records = topic.read(self.bootstrap, f"{self.topic_name()}.dlq", login=login)
        return [json.loads(record.value or b"") for record in records]

    def produce(self, messages: Iterable[Message]) -> None:
        """Publish to the topic."""
        topic.produce(self.bootstrap, self.topic_name(), messages, self.login("producer"))

    def rows(self, *, merged: bool = True) -> list[dict[str, Any]]:
        """Read the dataset, wherever it lies; its files without those of `merged` hours.

        Those have again what is in their parts, for some minutes. A table never has both.
        """
        if self.has("compose.s3.yaml") or self.settings.get("AGGREGATES_URI"):
            read = ("exec", "--no-TTY", "dashboard", "python", "-c", stored.READ)
            return stored.rows_of(self.compose(*read).stdout)
        hours = [it for it in dataset.files(self.data) if it.name.startswith("hour-")]
        return dataset.read(self.data, () if merged else hours)

    def windows_go_on(self, timeout_s: float) -> float:
        """Wait for a window that ends after now; give how long it took, in seconds."""
        since = time.time()

        def there() -> bool:
            return any(row["window_end"] > since * 1e6 for row in self.rows())

        wait_for("windows go on", there, timeout_s, every_s=0.2)
        return time.time() - since

    def status(self, service: str) -> dict[str, Any]:
        """Read a status file; empty where there is none."""
        path = self.data / "status" / f"{service}.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def duration(self, setting: str) -> timedelta:
        """Read a setting such as `6 seconds`; where it is not set, the pipeline's default."""
        text = (self.settings | self.environment).get(setting) or _DURATIONS[setting]
        number, unit = text.split()
        return timedelta(**{f"{unit.removesuffix('s')}s": int(number)})

    def expected(self) -> Calculation:
        """Calculate what must be in the dataset by now, with the settings of the stack."""
        length, slide, delay = (self.duration(setting) for setting in _DURATIONS)
        return calculate(self.records(), length, slide, delay, self.partitions())

    def check_windows(self, *, since: float | None = None) -> Calculation:
        """Compare the dataset with what the topic says it must be; give the calculation.

        With `since` (seconds since 1970), wait for windows that began after it.
        """
        length, slide, delay = (self.duration(setting) for setting in _DURATIONS)
        reach_us = 0 if since is None else int(since * 1e6) + (length + slide) // US
        # Each look reads the whole topic: the first one is to find what is on its way until then.
        time.sleep(max(0, reach_us / 1e6 + delay.total_seconds() + _ON_ITS_WAY_S - time.time()))

        def reached() -> Calculation | None:
            found = self.expected()
            return found if found.rows and found.watermark_us >= reach_us else None

        calculation = wait_for("events that close windows", reached, 240 + length.total_seconds())
        assert_none(settled_differences(self, calculation))
        return calculation


def remove_images(tag: str) -> None:
    """Take the tag away from all images of ours that have it."""
    listing = ["docker", "images", "--filter", f"reference=market-data/*:{tag}"]
    form = ["--format", "{{.Repository}}:{{.Tag}}"]
    found = subprocess.run(
        [*listing, *form], capture_output=True, check=True, text=True
    ).stdout.split()
    if found:
        subprocess.run(["docker", "rmi", *found], capture_output=True, check=False)


def settled_differences(stack: Stack, calculation: Calculation, timeout_s: float = 60) -> list[str]:
    """Compare until nothing is missing; other differences do not go away by waiting."""
    deadline = time.monotonic() + timeout_s
    while True:
        lines = differences(calculation, stack.rows())
        if time.monotonic() > deadline or not any(line.startswith("missing") for line in lines):
            return lines
        time.sleep(1)
