"""`make release`: every image in a registry, with how it was built and what is installed in it.

The engine is one of its own, since attestations want one with containerd's image store, and has a
registry beside it (`bootstrap/tests/machine`). The base images are those of the engine that runs
the tests, under their upstream names.
"""

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import Run
from images import OURS, PACKAGES
from snippets import settings
from stack import CHECKOUT, base_images, copy_checkout, free_port
from waiting import wait_for

BASES = {
    variable: upstream
    for variable, upstream, *_ in map(
        str.split, (CHECKOUT / "bootstrap/images.list").read_text().splitlines()
    )
    if variable in {"PYTHON_IMAGE", "SPARK_IMAGE", "MAVEN_IMAGE"}
}
REGISTRY, VERSION = "localhost:5000/market-data", "1.2.3"
ENGINE = """
mkdir -p /etc/docker
echo '{"features": {"containerd-snapshotter": true}}' > /etc/docker/daemon.json
REGISTRY_HTTP_ADDR=0.0.0.0:5000 docker-registry serve /etc/registry.yml &
exec dockerd --host unix:///engine/docker.sock
"""


def run(*command: str, cwd: Path | None = None, **environment: str) -> str:
    """Run a command; give what it prints."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(run_folder: Path) -> Path:
    """Give a checkout in which all is committed."""
    folder = run_folder / "checkout"
    copy_checkout(folder)
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org")
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    run(*git, "commit", "--quiet", "--message", "All of it", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def run_folder(run: Run) -> Path:
    return run.folder / "release"


def release(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "release"],
        cwd=checkout, env=os.environ | environment, capture_output=True, check=False, text=True,
    )  # fmt: skip


COMPLETE = {"REGISTRY": REGISTRY, "VERSION": VERSION}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"VERSION": VERSION}, "REGISTRY is missing"),
        ({"REGISTRY": REGISTRY}, "VERSION is missing"),
        (COMPLETE | {"PYTHON_IMAGE": "localhost/stand-in/python:3.13-slim"}, "are stand-ins"),
    ],
)
def test_what_is_missing_or_must_not_be_published_is_said_before_anything_is_built(
    checkout: Path, environment: dict[str, str], words: str
) -> None:
    done = release(checkout, **environment)
    assert done.returncode != 0
    assert words in done.stderr.splitlines()[0]


def test_changes_that_are_not_committed_are_not_released(checkout: Path) -> None:
    new = checkout / "new"
    new.touch()
    done = release(checkout, **COMPLETE)
    new.unlink()
    assert done.returncode != 0
    assert "not committed" in done.stderr.splitlines()[0]


class Engine(NamedTuple):
    """An engine of its own, and the registry beside it."""

    host: str
    registry_port: int

    def docker(self, *arguments: str) -> str:
        return run("docker", *arguments, DOCKER_HOST=self.host)

    def get(self, image: str, what: str) -> Any:
        """Get a manifest or a blob of an image from the registry."""
        request = urllib.request.Request(
            f"http://localhost:{self.registry_port}/v2/market-data/{image}/{what}",
            headers={"Accept": "application/vnd.oci.image.index.v1+json, "
                     "application/vnd.oci.image.manifest.v1+json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def engine(run_folder: Path) -> Iterator[Engine]:
    machine, port, name = CHECKOUT / "bootstrap/tests/machine", free_port(), run_folder.parent.name
    names = {variable: base_images().get(variable, it) for variable, it in BASES.items()}
    image = run(
        "docker", "build", "--quiet", "--build-arg", f"PYTHON_IMAGE={names['PYTHON_IMAGE']}",
        str(machine),
    ).strip()  # fmt: skip
    socket = run_folder / "engine"
    container = run(
        "docker", "run", "--detach", "--rm", "--init", "--privileged",
        "--name", f"release-test-{name}", "--volume", f"{socket}:/engine",
        "--publish", f"127.0.0.1:{port}:5000", image, "sh", "-c", ENGINE,
    ).strip()  # fmt: skip
    try:
        engine = Engine(f"unix://{socket}/docker.sock", port)
        wait_for("an engine", (socket / "docker.sock").exists, 60)
        saved = run_folder / "bases.tar"
        run("docker", "save", "--output", str(saved), *names.values())
        engine.docker("load", "--input", str(saved))
        saved.unlink()
        for variable, upstream in BASES.items():
            engine.docker("tag", names[variable], upstream)
        yield engine
    finally:
        run("docker", "rm", "--force", "--volumes", container)


@pytest.fixture(scope="module")
def released(engine: Engine, checkout: Path) -> Engine:
    done = release(checkout, DOCKER_HOST=engine.host, **COMPLETE)
    assert done.returncode == 0, done.stdout + done.stderr
    return engine


def attested(engine: Engine, image: str) -> dict[str, Any]:
    """Give what is attested of an image, by its kind."""
    index = engine.get(image, f"manifests/{VERSION}")
    (digest,) = [
        it["digest"]
        for it in index["manifests"]
        if it.get("annotations", {}).get("vnd.docker.reference.type") == "attestation-manifest"
    ]
    layers = engine.get(image, f"manifests/{digest}")["layers"]
    return {
        it["annotations"]["in-toto.io/predicate-type"]: engine.get(image, f"blobs/{it['digest']}")
        for it in layers
    }


@pytest.mark.long
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("image", OURS)
def test_of_each_image_the_registry_has_how_it_was_built_and_what_is_installed(
    released: Engine, checkout: Path, image: str
) -> None:
    found = attested(released, image)
    assert set(found) == {"https://slsa.dev/provenance/v0.2", "https://spdx.dev/Document"}
    metadata = found["https://slsa.dev/provenance/v0.2"]["predicate"]["metadata"]
    commit = run("git", "rev-parse", "HEAD", cwd=checkout).strip()
    assert metadata["https://mobyproject.org/buildkit@v1#metadata"]["vcs"]["revision"] == commit
    listed = {
        reference["referenceLocator"].partition("@")[0]
        for package in found["https://spdx.dev/Document"]["predicate"]["packages"]
        for reference in package.get("externalRefs", [])
    }
    name = f"{REGISTRY}/{image}:{VERSION}"
    inside = ("run", "--rm", "--network", "none", "--entrypoint", "python", name, "-c", PACKAGES)
    python = json.loads(released.docker(*inside))
    expected = {f"pkg:pypi/{re.sub(r'[-_.]+', '-', it).lower()}" for it in python}
    assert expected - listed == set()
    assert "pkg:deb/debian/bash" in listed


@pytest.mark.long
def test_a_released_image_is_run_by_its_prefix_and_tag(released: Engine, checkout: Path) -> None:
    name = f"{REGISTRY}/gateway:{VERSION}"
    released.docker("image", "rm", "--force", name)
    shown = settings("docs/supply-chain.md", "IMAGE_PREFIX=")
    assert set(shown) == {"IMAGE_PREFIX", "IMAGE_TAG"}
    chosen = {"DOCKER_HOST": released.host, "IMAGE_PREFIX": REGISTRY, "IMAGE_TAG": VERSION}
    run("docker", "compose", "--profile", "*", "pull", "gateway", cwd=checkout, **chosen)
    assert name in released.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
