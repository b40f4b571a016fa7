"""The images that are built here, and a script that lists the Python packages in one."""

OURS = (
    "access", "dashboard", "debug-consumer", "gateway", "login", "producer", "spark-job", "sql",
    "topic-init",
)  # fmt: skip
PACKAGES = """
import json
from importlib.metadata import distributions
print(json.dumps({
    it.name: [
        it.metadata.get("License-Expression"),
        it.metadata.get("License"),
        [c for c in it.metadata.get_all("Classifier", []) if c.startswith("License ::")],
    ]
    for it in distributions()
}))
"""
"""A script that prints the licences of each, by its name."""
