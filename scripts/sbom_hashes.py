"""Complete an image's bill of materials by what Syft knows, or a package tells, but does not write.

That is the SHA-256 of each component that is one file, and a licence that only a classifier tells.
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
"""By a component's name where its file lies in the image."""
LICENCES = {"duckdb-cli": "MIT"}
"""By a component's name the licence that its classifier tells, as SPDX has it."""


def complete(bill: Path, report: Path) -> None:
    """Rewrite a bill (CycloneDX) by the digests in Syft's own report of all files of its image.

    A component whose file is not there, or there twice, is a `ValueError`.
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
