"""What is in the images that are built here, and what is not."""

import json
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from images import OURS, PACKAGES
from leaks import leaks
from stack import CHECKOUT, Stack, base_images

FIND = r"""
named() { while read -r path; do echo "$1: $path"; done; }
find / -xdev -type f -perm /6000 | named 'runs as its owner'
find / -xdev ! -type d -perm /111 \( -name cc -o -name c++ -o -name cpp -o -name make \
  -o -name go -o -name rustc -o -name cargo -o -name clang -o -name javac -o -name 'g++' \
  -o -name gcc -o -name 'gcc-[0-9]*' -o -name '*-gcc' -o -name '*-gcc-[0-9]*' \) | named compiler
find / -xdev \( -path '*-packages/pip' -o -path '*-packages/flit_core' -o -path '*/bin/pip*' \
  -o -path '*/python3*/ensurepip' -o -name 'pip-*.whl' -o -name 'setuptools-*.whl' \) |
  named 'installs packages'
find /var/lib/apt/lists /var/cache/apt -type f ! -name lock | named "a package manager's list"
find / -xdev ! -type d \( -name sshd -o -name dropbear \) | named 'takes logins'
find / -xdev -type d \( -name .cache -o -name .m2 -o -name .npm \) | named cache
"""
PLANTED = """
install -m 4755 /dev/null /opt/owner
install -m 755 /dev/null /usr/local/bin/x86_64-linux-gnu-gcc-14
install -D /dev/null /opt/lib/site-packages/pip/x
install -D /dev/null /var/lib/apt/lists/debian_Packages
install -D /dev/null /root/.cache/x
install -D /dev/null /usr/sbin/sshd
"""


LICENCES = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0",
    "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib",
    # As packages without an expression of SPDX say the same.
    "3-Clause BSD License", "Apache License 2.0", "Apache Software License", "BSD License",
    "ISC License (ISCL)", "MIT License", "Mozilla Public License 2.0 (MPL 2.0)",
    "Python Software Foundation License",
}  # fmt: skip
"""What may be passed on with what it is part of, and asks no more than to be named."""
SCRIPTS = {
    "dashboard": ("dashboard/bundles", "plotly.js (basic - minified) v4.1.1"),
    "gateway": ("gateway/serving/bundles", "RapiDoc 9.3.8"),
}
"""By image the folder of a script that is kept here, and how the script calls itself."""
ONE_FILE = {
    "dashboard": {
        "pkg:npm/plotly.js-basic-dist-min@4.1.1": ("MIT", "plotly-basic.min.js"),
    },
    "gateway": {"pkg:npm/rapidoc@9.3.8": ("MIT AND BSD-3-Clause", "rapidoc-min.js")},
    "sql": {
        "pkg:pypi/duckdb-cli@1.5.5": ("MIT", "duckdb"),
        "pkg:pypi/duckdb-extension-delta@1.5.5": ("MIT", "delta.duckdb_extension"),
        "pkg:pypi/duckdb-extension-httpfs@1.5.5": ("MIT", "httpfs.duckdb_extension"),
    },
}
"""By image each component that is one file: its licence, and the file that it is."""


def refused(expression: str | None, text: str | None, classifiers: list[str]) -> list[str]:
    """List what is not allowed of a package's licences; "" is none at all."""
    names = [it.rpartition(" :: ")[2] for it in classifiers] or [(text or "").partition("\n")[0]]
    if expression:
        names = expression.replace("(", "").replace(")", "").split(" AND ")
    return [name for name in names if not LICENCES.intersection(name.split(" OR "))]


@pytest.fixture(scope="module")
def built(new_stack: Callable[..., Stack]) -> Stack:
    """Give a stack of which every image is built, those of overlays too."""
    stack = new_stack("images", COMPOSE_FILE="compose.yaml:compose.secure.yaml")
    stack.compose("--profile", "*", "build", timeout_s=600)
    return stack


def base_of(name: str) -> str:
    """Name the image on which one of ours lies."""
    if name == "spark-job":
        return base_images().get("SPARK_IMAGE", "bitnamilegacy/spark:3.5.3")
    return base_images().get("PYTHON_IMAGE", "python:3.13-slim")


def may_tell(file: tarfile.TarInfo) -> bool:
    """Tell whether a file may hold settings: small, and of no package."""
    return file.isfile() and file.size < 65_536 and "-packages/" not in file.name


def image_of(built: Stack, name: str) -> str:
    return f"market-data/{name}:{built.environment['IMAGE_TAG']}"


def in_image(image: str, *command: str) -> str:
    """Run a command as root in a container without a network; give what it prints."""
    run = ("docker", "run", "--rm", "--network", "none", "--user", "0", "--entrypoint", command[0])
    done = subprocess.run(
        [*run, image, *command[1:]], capture_output=True, check=True, text=True, timeout=120
    )
    return done.stdout


def inspected(image: str) -> dict[str, Any]:
    done = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found[0]


@pytest.mark.parametrize("name", OURS)
def test_an_image_holds_nothing_that_only_a_build_or_an_intruder_needs(
    built: Stack, name: str
) -> None:
    image = image_of(built, name)
    assert in_image(image, "sh", "-c", FIND) == ""
    assert inspected(image)["Config"]["User"] == "1001:0"


def test_what_an_image_should_not_hold_is_found() -> None:
    listed = in_image(base_of("producer"), "sh", "-c", PLANTED + FIND).splitlines()
    assert {
        "runs as its owner: /opt/owner",
        "compiler: /usr/local/bin/x86_64-linux-gnu-gcc-14",
        "installs packages: /opt/lib/site-packages/pip",
        "a package manager's list: /var/lib/apt/lists/debian_Packages",
        "cache: /root/.cache",
        "takes logins: /usr/sbin/sshd",
    } <= set(listed)


@pytest.mark.parametrize("name", OURS)
def test_the_licence_of_each_python_package_is_allowed(built: Stack, name: str) -> None:
    packages = json.loads(in_image(image_of(built, name), "python", "-c", PACKAGES))
    assert {it: said for it, said in packages.items() if refused(*said)} == {}


@pytest.mark.parametrize("service", SCRIPTS)
def test_a_script_that_is_kept_here_says_what_it_is_and_its_licence_is_allowed(
    service: str,
) -> None:
    place, title = SCRIPTS[service]
    folder = CHECKOUT / "services" / service / "src" / place
    package = json.loads((folder / "package.json").read_text())
    assert [it.name for it in folder.glob("*.js")] == [package["main"]]
    with (folder / package["main"]).open() as script:
        assert title in script.read(200)
    assert title.endswith(package["version"])
    assert refused(package["license"], None, []) == []


def test_every_script_that_is_kept_here_is_judged() -> None:
    kept = {it.parent for it in (CHECKOUT / "services").glob("*/src/**/*min.js")}
    assert kept == {CHECKOUT / "services" / of / "src" / it for of, (it, _) in SCRIPTS.items()}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("MIT AND (Apache-2.0 OR GPL-3.0-only)", "GPL", []), []),
        (("MIT AND GPL-3.0-only", None, []), ["GPL-3.0-only"]),
        ((None, "the text of one", ["License :: OSI Approved :: MIT License"]), []),
        ((None, "MIT", ["License :: OSI Approved :: GNU General Public License"]),
         ["GNU General Public License"]),
        ((None, "MIT License\n\nCopyright", []), []),
        ((None, None, []), [""]),
    ],
)  # fmt: skip
def test_a_licence_that_is_not_allowed_is_named(
    said: tuple[str | None, str | None, list[str]], expected: list[str]
) -> None:
    assert refused(*said) == expected


@pytest.mark.parametrize("name", OURS)
def test_how_an_image_was_made_and_is_started_tells_no_secret(
    built: Stack, tmp_path: Path, name: str
) -> None:
    image = image_of(built, name)
    history = ["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image]
    (tmp_path / "history").write_bytes(
        subprocess.run(history, capture_output=True, check=True).stdout
    )
    (tmp_path / "settings").write_text("\n".join(inspected(image)["Config"]["Env"]))
    assert leaks(tmp_path) == []


@pytest.mark.long
@pytest.mark.parametrize("name", OURS)
def test_no_layer_over_the_base_image_holds_a_secret_of_ours(
    built: Stack, tmp_path: Path, name: str
) -> None:
    image, saved, files = image_of(built, name), tmp_path / "saved.tar", tmp_path / "files"
    subprocess.run(["docker", "save", "--output", saved, image], check=True)
    with tarfile.open(saved) as archive:
        (manifest,) = json.load(archive.extractfile("manifest.json"))
        for layer in manifest["Layers"][len(inspected(base_of(name))["RootFS"]["Layers"]) :]:
            with tarfile.open(fileobj=archive.extractfile(layer)) as content:
                content.extractall(files, [it for it in content if may_tell(it)], filter="data")
    assert any(files.iterdir())
    assert leaks(files) == []


def sha256_of(image: str, file: str) -> str:
    """Work out the SHA-256 of the one file of a name in an image."""
    found = in_image(image, "find", "/", "-xdev", "-name", file, "-exec", "sha256sum", "{}", ";")
    (line,) = found.splitlines()
    return line.split()[0]


def said_of_files(bill: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Give licence and SHA-256 of each component of a bill of materials that has the latter."""
    return {
        it["purl"]: (licence.get("expression") or licence["license"]["id"], digest["content"])
        for it in bill["components"]
        for digest in it.get("hashes", [])
        if digest["alg"] == "SHA-256"
        for licence in it["licenses"]
    }


@pytest.mark.long
def test_the_bill_of_materials_lists_what_is_installed(built: Stack) -> None:
    built.shell("scripts/sbom.sh", timeout_s=900)
    bills = built.folder / "sbom"
    assert {it.name for it in bills.iterdir()} == {f"{name}.cdx.json" for name in OURS}
    for name in OURS:
        bill = json.loads((bills / f"{name}.cdx.json").read_text())
        assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
        listed = {it.get("purl", "").partition("@")[0] for it in bill["components"]}
        image = image_of(built, name)
        python = json.loads(in_image(image, "python", "-c", PACKAGES))
        debian = in_image(image, "dpkg-query", "--show", "--showformat", "${Package}\\n").split()
        expected = {f"pkg:pypi/{re.sub(r'[-_.]+', '-', it).lower()}" for it in python}
        expected |= {f"pkg:deb/debian/{it.replace('+', '%2B')}" for it in debian}
        assert expected - listed == set(), name
        if name == "spark-job":
            assert {"pkg:maven/org.apache.kafka/kafka-clients"} <= listed
        for purl, (licence, file) in ONE_FILE.get(name, {}).items():
            assert said_of_files(bill)[purl] == (licence, sha256_of(image, file))
