"""Compose, `.env.example`, the settings classes and the READMEs know the same settings."""

import json
import re
import subprocess
from collections.abc import Callable

import compose_files
import pytest
from stack import CHECKOUT, Stack

EXAMPLE = (CHECKOUT / ".env.example").read_text()
COMPOSE = {path.name: path.read_text() for path in CHECKOUT.glob("compose*.yaml")}

# What is read in the environment of the machine, and described in bootstrap/README.md.
OF_THE_MACHINE = {
    "PYTHON_IMAGE", "SPARK_IMAGE", "MAVEN_IMAGE", "KAFKA_IMAGE", "ZOOKEEPER_IMAGE",
    "S3_IMAGE",
}  # fmt: skip
# Whose settings are read by a class of their own, and where that is.
MODULES = {
    "topic-init": "topic_init.settings",
    "producer": "producer.settings",
    "debug-consumer": "debug_consumer.settings",
    "spark-job": "spark_job.settings",
    "dashboard": "dashboard.settings",
    "gateway": "gateway.settings",
}
# The address of Spark's page in the container is fixed: compose publishes it at SPARK_UI_PORT.
NOT_PASSED_ON = {"spark-job": {"SPARK_UI_PORT"}}

SETTINGS = """
import importlib, inspect, json, os, sys
from contracts.settings import Settings, load
module = importlib.import_module(sys.argv[1])
(kind,) = [it for _, it in inspect.getmembers(module, inspect.isclass)
           if issubclass(it, Settings) and it.__module__ == module.__name__]
names = [name.upper() for name in kind.model_fields]
example = json.loads(sys.argv[2])
def loaded(values):
    for name in names:
        os.environ.pop(name, None)
    os.environ.update({name: values[name] for name in names if name in values})
    return load(kind).model_dump(mode="json")
print(json.dumps({"names": names, "bare": loaded({}), "example": loaded(example)}))
"""


def example_settings() -> dict[str, str]:
    """Read `.env.example` as compose does; a line that is commented out is no setting."""
    lines = [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def defaults_in_compose() -> set[tuple[str, str]]:
    """Give each `${NAME:-default}` of the compose files."""
    text = "\n".join(COMPOSE.values()).replace("$${", "")  # the containers' own
    assert "${" not in re.sub(r"\$\{[A-Z0-9_]+:-[^}]*\}", "", text), "a variable without :-"
    return set(re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", text))


def test_each_setting_of_the_example_is_used_by_compose_and_each_of_compose_is_described() -> None:
    used = {name for name, _ in defaults_in_compose()}
    described = set(example_settings()) | {"COMPOSE_FILE"}
    commented = set(re.findall(r"[A-Z][A-Z0-9_]{3,}", EXAMPLE))
    assert used - OF_THE_MACHINE - described - commented == set()
    assert described - used == {"COMPOSE_FILE"}


def test_each_setting_is_described_in_the_example_once() -> None:
    names = re.findall(r"^([A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)
    assert sorted(names) == sorted(set(names))
    assert names == list(example_settings())


def test_a_default_in_compose_is_that_of_the_example() -> None:
    example = example_settings()
    wrong = {
        (name, default)
        for name, default in defaults_in_compose()
        if default and example.get(name) and default != example[name]
    }
    assert wrong == set()


def test_a_folder_that_is_named_without_a_leading_dot_is_one_of_the_checkout() -> None:
    found = compose_files.services(DATA_DIR="kept", REPLAY_DIR="recordings")
    mounts = [*found["volume-init"]["volumes"], *found["producer"]["volumes"]]
    sources = {it["target"]: it["source"] for it in mounts if it["type"] == "bind"}
    assert sources == {"/data": f"{CHECKOUT}/kept", "/replay": f"{CHECKOUT}/recordings"}


@pytest.mark.parametrize("service", MODULES)
def test_each_setting_of_a_service_has_its_row_in_the_readme(service: str) -> None:
    readme = (CHECKOUT / "services" / service / "README.md").read_text()
    firsts = re.findall(r"^\| (`[^|]*) \|", readme, re.MULTILINE)
    rows = set(re.findall(r"`([A-Z0-9_]+)`", " ".join(firsts)))
    assert set(compose_files.services("secure")[service]["environment"]) - rows == set()


@pytest.fixture(scope="module")
def built(new_stack: Callable[..., Stack]) -> Stack:
    """Give a stack that is built and not started."""
    return new_stack("settings")


@pytest.mark.parametrize(("service", "module"), MODULES.items())
def test_a_service_gets_its_settings_and_its_defaults_are_those_of_the_example(
    built: Stack, service: str, module: str
) -> None:
    files = ("--file", "compose.yaml", "--file", "compose.secure.yaml")  # how Kafka lets it in
    done = built.compose(*files, "--profile", "*", "config", "--format", "json")
    config = json.loads(done.stdout)["services"][service]
    command = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python"]
    arguments = [config["image"], "-c", SETTINGS, module, json.dumps(example_settings())]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, check=False, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(config["environment"]) == set(found["names"]) - NOT_PASSED_ON.get(service, set())
    assert found["example"] == found["bare"]


def test_no_health_check_asks_the_proxy_that_docker_may_tell_a_container_of() -> None:
    lines = [line for text in COMPOSE.values() for line in text.splitlines()]
    asking = [it for it in lines if re.search(r"https?://127\.0\.0\.1:\d+/\S*health", it)]
    assert len(asking) == 5
    for line in asking:
        scheme, _, _ = line.partition("://127.0.0.1")
        scheme = scheme.rpartition("http")[2]
        assert "ProxyHandler({})" in line or f'"http{scheme}_proxy= wget ' in line, line
