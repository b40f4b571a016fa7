"""Dockerfiles, and commands in scripts and documents, follow the CIS Docker Benchmark's rules."""

import re
import subprocess
from collections.abc import Callable

import pytest
from compose_files import TOGETHER, services
from hardening import BROKEN, EXCEPTIONS
from snippets import table
from stack import CHECKOUT

LISTED = (CHECKOUT / "bootstrap/images.list").read_text()
BASES = dict(re.findall(r"^(\w+_IMAGE) +(\S+)", LISTED, re.MULTILINE))
OURS = {"JOB_IMAGE": "", "PRODUCER_IMAGE": "market-data/producer:latest"}
"""What benchmarks build on: images that are built here."""


def commands(dockerfile: str) -> list[list[str]]:
    """Split a Dockerfile into instructions without comments, and each into its commands."""
    lines = [it for it in dockerfile.splitlines() if not it.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [it.split("&&") for it in joined.splitlines() if it]


def builds_on_another(dockerfile: str) -> bool:
    allowed = {f"${{{it}}}" for it in BASES | OURS} | {"scratch"}
    allowed |= set(re.findall(r"^FROM .* AS (\S+)", dockerfile, re.MULTILINE))
    defaults = re.findall(r"^ARG (\w+_IMAGE)=?(\S*)", dockerfile, re.MULTILINE)
    return not (
        allowed.issuperset(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
        and set(defaults) <= set((BASES | OURS).items())
    )


def installs_recommended(dockerfile: str) -> bool:
    installing = [it for of in commands(dockerfile) for it in of if "apt-get install" in it]
    return any("--no-install-recommends" not in it for it in installing)


def updates_alone(dockerfile: str) -> bool:
    updating = [it for it in commands(dockerfile) if "apt-get update" in " ".join(it)]
    return any("apt-get install" not in " ".join(it) for it in updating)


def adds(dockerfile: str) -> bool:
    return any(it[0].startswith("ADD ") for it in commands(dockerfile))


def takes_what_is_not_verified(dockerfile: str) -> bool:
    pip = re.compile(r"\bpip (install|wheel|download)\b")
    taking = [it for of in commands(dockerfile) for it in of if pip.search(it)]
    # Those of this checkout bring nothing along.
    own = re.compile(r"--no-deps .*(/build/|/wheels/)")
    return "--allow-unauthenticated" in dockerfile or not all(
        "--require-hashes" in it or own.search(it) for it in taking
    )


RULES: dict[str, tuple[Callable[[str], bool], str]] = {
    "4.2": (builds_on_another, "FROM someone/python:3.13"),
    "4.3": (installs_recommended, "RUN apt-get update && apt-get install --yes nginx-light"),
    "4.7": (updates_alone, "RUN apt-get update"),
    "4.9": (adds, "ADD archive.tar.gz /opt"),
    "4.11": (takes_what_is_not_verified, "RUN pip install --no-deps requests"),
}
"""By its number what tells that a Dockerfile breaks a rule, and an example that does."""
OF_DOCKERFILES = {
    ("4.2", "stand-ins"): "they are base images, made of Debian's archive, which is signed",
    ("4.11", "stand-ins"): "PySpark's source package is pinned by its version",
}
"""By rule and the Dockerfile's folder, why it may break a rule."""
GOOD = """
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE} AS build
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends nginx-light
RUN pip install --require-hashes -r /build/requirements.txt
RUN pip install --no-deps --no-build-isolation /build/contracts
FROM build
"""
AS_ROOT = re.compile(r"\bexec\b.* (--privileged|(-u|--user)[= ]?(0|root)\b)")


def texts(*patterns: str) -> dict[str, str]:
    """Read the files of the repository whose paths fit: their texts by their paths."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--", *patterns],
        cwd=CHECKOUT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return {it: (CHECKOUT / it).read_text() for it in listed.stdout.splitlines()}


def test_a_dockerfile_breaks_no_rule_but_those_of_the_exceptions_which_are_all_needed() -> None:
    found = {
        (rule, path.split("/")[-2])
        for path, text in texts("*Dockerfile").items()
        for rule, (breaks, _) in RULES.items()
        if breaks(text)
    }
    assert found == set(OF_DOCKERFILES)


@pytest.mark.parametrize("rule", RULES)
def test_a_dockerfile_that_breaks_a_rule_is_found(rule: str) -> None:
    broken = {it for it, (breaks, _) in RULES.items() if breaks(f"{GOOD}{RULES[rule][1]}\n")}
    assert broken == {rule}


def test_every_image_of_the_compose_files_is_listed_or_built_here() -> None:
    images = {it["image"] for overlays in TOGETHER for it in services(*overlays).values()}
    assert {it for it in images if not it.startswith("market-data/")} <= set(BASES.values())


def test_no_command_enters_a_container_as_root_or_with_privileges() -> None:
    written = texts(
        "*.sh", "*.md", "*.yaml", "*.yml", "Makefile", "bootstrap/run", ".devcontainer/*"
    )
    assert {path for path, text in written.items() if AS_ROOT.search(text)} == set()
    assert AS_ROOT.search("docker compose exec --user root kafka bash")
    assert AS_ROOT.search("docker exec -it --privileged kafka bash")


def test_each_rule_is_judged_by_a_test_or_has_its_row() -> None:
    rows = [
        *table("docs/supply-chain.md", "Rules that are judged elsewhere"),
        *table("docs/supply-chain.md", "Rules that are not followed to the letter"),
    ]
    written = " ".join([*BROKEN, *RULES, *(row[0] for row in rows)])
    judged = set(re.findall(r"\b[45]\.\d+\b", written))
    assert judged == {f"4.{it}" for it in range(1, 13)} | {f"5.{it}" for it in range(1, 33)}


def test_the_exceptions_are_documented_with_their_reasons() -> None:
    rows = table("docs/supply-chain.md", "Exceptions")
    assert rows == [[*of, reason] for of, reason in (EXCEPTIONS | OF_DOCKERFILES).items()]
