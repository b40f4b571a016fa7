"""Receives alerts for the tests, as a webhook does, and logs each as a line of JSON.

Standard library only: it runs in a container of the Python base image, on the stack's own network
(`compose.alerts.yaml`). What it answers follows from the last part of the path: ``slow`` after a
moment, ``very-slow`` after longer than Apprise waits by itself, ``recovering`` at first with an
error five times, anything else at once; with `STATUS` set all with that one.
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

PORT = 8080
FAILURES = 5
STATUS = int(os.environ.get("STATUS", "200"))
_WAITS_S = {"slow": 0.2, "very-slow": 6.0}
_attempts = count()


class Handler(BaseHTTPRequestHandler):
    """Takes one message."""

    def do_POST(self) -> None:
        """Log it, and answer as its path says."""
        name = self.path.rpartition("/")[2]
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(_WAITS_S.get(name, 0))
        status = 500 if name == "recovering" and next(_attempts) < FAILURES else STATUS
        line = {"to": name, "status": status, "message": body["message"]}
        print(json.dumps(line), flush=True)  # noqa: T201 - what the tests read
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing else."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
