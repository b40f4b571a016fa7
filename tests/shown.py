"""Everything that a stack shows in logs, files and pages: no secret may be in it."""

import http.client
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stack import Stack

_FOLDERS = ("status", "checkpoints")
_PAGES = ("/environment/", "/SQL/", "/SQL/execution/?id=0", "/StreamingQuery/")
"""Of the job's own page: settings, plans, the query."""


def contents(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Give the files below some folders of a running stack, with what they hold.

    What is removed or renamed while they are read, as a file that is finished, is left out.
    """
    for path in [it for folder in folders for it in folder.rglob("*") if it.is_file()]:
        with suppress(FileNotFoundError):
            yield path, path.read_bytes()


def shown(stack: Stack) -> dict[str, str]:
    """Give logs, status files, checkpoints and pages of Spark, by where they are."""
    found = {f"log of {name}": log for name, log in stack.all_logs().items()}
    for path, content in contents(*(stack.data / name for name in _FOLDERS)):
        found[str(path)] = content.decode(errors="replace")
    port = int(stack.environment["SPARK_UI_PORT"])
    for path in _PAGES:
        connection = http.client.HTTPConnection("localhost", port, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, path  # a page that is not there shows nothing
        found[f"Spark's page {path}"] = answer.read().decode()
    return found
