"""Everything that a stack shows in logs, files and pages: no secret may be in it."""

import http.client
from contextlib import suppress

from stack import Stack

_FOLDERS = ("status", "checkpoints")
_PAGES = ("/environment/", "/SQL/", "/SQL/execution/?id=0", "/StreamingQuery/")
"""Of the job's own page: settings, plans, the query."""


def shown(stack: Stack) -> dict[str, str]:
    """Give logs, status files, checkpoints and pages of Spark, by where they are."""
    found = {f"log of {name}": log for name, log in stack.all_logs().items()}
    for path in [it for name in _FOLDERS for it in (stack.data / name).rglob("*") if it.is_file()]:
        with suppress(FileNotFoundError):  # the job has just removed it
            found[str(path)] = path.read_text(errors="replace")
    port = int(stack.environment["SPARK_UI_PORT"])
    for path in _PAGES:
        connection = http.client.HTTPConnection("localhost", port, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, path  # a page that is not there shows nothing
        found[f"Spark's page {path}"] = answer.read().decode()
    return found
