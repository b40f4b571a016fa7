"""The picture and the tables of the architecture agree with the compose file and the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import compose_files
import pytest
from stack import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "architecture.md"
PACKAGES = {
    it.name
    for it in CHECKOUT.glob("services/*/src/*")
    if it.is_dir() and (it / "__init__.py").exists()
}
VOLUME = "pipeline-data"

type Arrows = set[tuple[str, str]]
type Services = dict[str, compose_files.Service]


def drawn() -> Arrows:
    """Read the arrows of the picture; a line without a point goes both ways."""
    found: Arrows = set()
    lines = r"^  ([a-z-]+?) (-->|---)(?:\|[^|]*\|)? ([a-z-]+)$"
    for one, line, other in re.findall(lines, DOCUMENT.read_text(), re.MULTILINE):
        found |= {(one, other)} if line == "-->" else {(one, other), (other, one)}
    return found


@pytest.fixture(scope="module")
def services() -> Services:
    """Give the services as compose reads them, those of all profiles."""
    return compose_files.services()


def touching(arrows: Arrows, part: str) -> set[str]:
    return {one if other == part else other for one, other in arrows if part in (one, other)}


def test_all_services_and_no_others_are_drawn(services: Services) -> None:
    names = {name for arrow in drawn() for name in arrow}
    assert names - {VOLUME} == set(services)


def test_who_knows_the_broker_has_an_arrow_to_it_or_from_it(services: Services) -> None:
    who = {
        name
        for name, it in services.items()
        if "KAFKA_BOOTSTRAP_SERVERS" in it.get("environment", {})
    }
    assert touching(drawn(), "kafka") == who | {"zookeeper"}


def test_who_writes_to_the_broker_has_an_arrow_there_and_who_reads_one_back() -> None:
    source = (CHECKOUT / "services/access/src/access/rights.py").read_text()
    rights = set(re.findall(r'\*_topics\("([a-z-]+)", _(READ|WRITE),', source))
    arrows = {it for it in drawn() if "zookeeper" not in it}
    writers = {user for user, operation in rights if operation == "WRITE"}
    readers = {user for user, operation in rights if operation == "READ"}
    assert {one for one, other in arrows if other == "kafka"} - {"topic-init"} == writers
    assert {other for one, other in arrows if one == "kafka"} == readers


def test_who_may_write_to_the_volume_has_an_arrow_there_and_who_may_not_one_back(
    services: Services,
) -> None:
    arrows = drawn()
    mounted = [
        (name, volume.get("read_only", False))
        for name, it in services.items()
        for volume in it.get("volumes", [])
        if volume.get("source") == VOLUME
    ]
    readers = {name for name, read_only in mounted if read_only}
    writers = {name for name, read_only in mounted if not read_only}
    assert {one for one, other in arrows if other == VOLUME} - {"volume-init"} == writers
    assert {other for one, other in arrows if one == VOLUME} == readers


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (it.name.partition(".")[0] for it in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def test_no_service_imports_another_and_the_contracts_import_none() -> None:
    assert len(PACKAGES) > 4
    for folder in [*CHECKOUT.glob("services/*/src/*"), CHECKOUT / "contracts/src/contracts"]:
        others = PACKAGES - {folder.name}
        for file in folder.rglob("*.py"):
            assert not others & set(imported(file)), file


ROWS = re.findall(
    r"^\| .+ \| \[`[^`]+`\]\(\.\./([^)]+)\) \| `([\w.#]+)` \|$", DOCUMENT.read_text(), re.MULTILINE
)


def test_the_tables_have_steps() -> None:
    assert len(ROWS) > 25


def body(text: str, name: str) -> str:
    """Give what follows the heading of a class, up to the next thing that is as far to the left."""
    found = re.search(rf"^(?:public )?(?:final )?class {name}\b.*\n", text, re.MULTILINE)
    assert found, name
    return re.split(r"^(?=\w)", text[found.end() :], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize(("path", "name"), ROWS)
def test_what_a_step_names_is_a_function_in_its_file(path: str, name: str) -> None:
    text = (CHECKOUT / path).read_text()
    of, _, function = name.rpartition(".")
    if of:
        before = r"(?:    (?:async )?def |  (?:public [\w<>]+ |async )?)"
        assert re.search(rf"^{before}{function}\(", body(text, of), re.MULTILINE)
    else:
        assert re.search(rf"^(?:async )?(?:def|function) {function}\b", text, re.MULTILINE)
