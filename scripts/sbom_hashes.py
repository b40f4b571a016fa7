"""Add to an image's bill of materials what Syft leaves out.

That is the SHA-256 of each component that is a single file, and a licence that only a classifier
names.
"""

import json
import sys
from fnmatch import fnmatch
from pathlib import Path

FILES = {
    "duckdb-cli": "/usr/local/bin/duckdb",
    "duckdb-extension-delta": "/sql/delta.duckdb_extension",
    "duckdb-extension-httpfs": "/sql/httpfs.duckdb_extension",
    "plotly.js-basic-dist-min": "*/dashboard/bundles/plotly-basic.min.js",
    "rapidoc": "*/gateway/serving/bundles/rapidoc-min.js",
}
"""The path of a component's file in the image, by its name."""
LICENCES = {"duckdb-cli": "MIT"}
"""The licence that a component's classifier names, as SPDX writes it, by its name."""


def complete(bill: Path, report: Path) -> None:
    """Add to a bill (CycloneDX) the digests in Syft's own report of all files of its image.

    Raises `ValueError` if the file of a component is missing, or there twice.
    """
    content = json.loads(bill.read_text())
    files = json.loads(report.read_text())["files"]
    for component in content["components"]:
        name = component["name"]
        if name in FILES:
            (digest,) = (
                it["value"]
                for file in files
                if fnmatch(file["location"]["path"], FILES[name])
                for it in file.get("digests", [])
                if it["algorithm"] == "sha256"
            )
            component["hashes"] = [{"alg": "SHA-256", "content": digest}]
        if name in LICENCES:
            component["licenses"] = [{"license": {"id": LICENCES[name]}}]
    bill.write_text(json.dumps(content, indent=2))


if __name__ == "__main__":
    complete(*map(Path, sys.argv[1:]))
