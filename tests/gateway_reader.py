"""The gateway of a running stack, as another program sees it: by plain HTTP."""

import http.client
import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any
from urllib.error import HTTPError

from events import EPOCH, US
from windows import Key

ANSWER_S = 30


def get(port: int, path: str, token: str | None = None) -> tuple[int, bytes]:
    """Ask once; gives the status and the body, also of a problem."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://localhost:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            return answer.status, answer.read()
    except HTTPError as problem:
        return problem.code, problem.read()


def get_json(port: int, path: str) -> Any:
    """Ask once, and read the JSON that comes."""
    status, body = get(port, path)
    assert status == 200, body
    return json.loads(body)


def windows(port: int, path: str) -> list[Any]:
    """Ask for windows, page after page: one may be short and not the last."""
    found = []
    while path:
        page = get_json(port, path)
        found += page["windows"]
        path = page["next"]
    return found


def micros(text: str) -> int:
    """Read a time in microseconds since 1970, as the dataset's rows have it."""
    return (datetime.fromisoformat(text) - EPOCH) // US


def key_of(window: dict[str, Any]) -> Key:
    """Name a window that the gateway gave, as a row of the dataset is named."""
    bounds = (micros(window[it]) for it in ("window_start", "window_end"))
    return Key(window["symbol"], window["source"], *bounds)


@contextmanager
def stream(port: int, query: str = "", last_id: str | None = None) -> Iterator[Iterator[Any]]:
    """Open the stream; gives its messages as they come, until it ends."""
    connection = http.client.HTTPConnection("localhost", port, timeout=ANSWER_S)
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    with closing(connection):
        connection.request("GET", f"/v1/stream{query}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        yield _messages(answer)


def _messages(answer: http.client.HTTPResponse) -> Iterator[Any]:
    for line in answer:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "data":
            yield json.loads(value)


def for_seconds(messages: Iterator[Any], seconds: float) -> list[Any]:
    """Take what comes within so many seconds, and one more."""
    end = time.monotonic() + seconds
    taken = []
    for message in messages:
        taken.append(message)
        if time.monotonic() > end:
            break
    return taken
