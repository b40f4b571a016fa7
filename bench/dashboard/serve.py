"""The dashboard's server, which also gives `measure.py` its figures: ``serve.py [PORT]``.

``/measured`` gives the milliseconds of each run of the refreshing fragment since it was asked last,
and the memory of the process in MiB; the page itself is as it is in the product.
"""

import json
import sys
import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.location import Location
from contracts.volume import AGGREGATES
from dashboard import app
from dashboard.screens import page

_runs: list[float] = []
_draw = page._draw  # noqa: SLF001 - what is measured


def _timed(location: Location, status: Path) -> None:
    began = time.perf_counter()
    try:
        _draw(location, status)
    finally:
        _runs.append(1000 * (time.perf_counter() - began))


async def _measured(_: Request) -> Response:
    runs = _runs.copy()
    _runs.clear()
    status = Path("/proc/self/status").read_text()  # noqa: ASYNC240 - it is memory
    memory = next(it for it in status.splitlines() if it.startswith("VmRSS"))
    found = {"runs_ms": runs, "rss_mib": int(memory.split()[1]) / 1024, "at": AGGREGATES.as_posix()}
    return Response(json.dumps(found), media_type="application/json")


if __name__ == "__main__":
    page._draw = _timed  # noqa: SLF001 - what is measured
    port = int(sys.argv[1]) if len(sys.argv) > 1 else app.PORT
    sys.argv = [str(app.__file__)]  # Streamlit looks for its configuration beside it
    app.run(port, routes=[Route("/measured", _measured)])
