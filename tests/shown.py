"""What a stack shows of itself to anybody who may look: no secret may be in it."""

import http.client

from stack import Stack

_PAGES = ("/environment/", "/SQL/", "/SQL/execution/?id=0", "/StreamingQuery/")
"""Of the job's own page: settings, plans, the query."""


def shown(stack: Stack) -> dict[str, str]:
    """Give logs, status files, checkpoints and pages of Spark, by where they are."""
    found = {f"log of {name}": stack.logs(name) for name in stack.containers()}
    for folder in ("status", "checkpoints"):
        paths = [path for path in (stack.data / folder).rglob("*") if path.is_file()]
        found |= {str(path): path.read_text(errors="replace") for path in paths}
    port = int(stack.environment["SPARK_UI_PORT"])
    for path in _PAGES:
        connection = http.client.HTTPConnection("localhost", port, timeout=20)
        connection.request("GET", path)
        found[f"Spark's page {path}"] = connection.getresponse().read().decode()
    return found
