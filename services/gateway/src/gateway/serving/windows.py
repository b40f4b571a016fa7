"""Windows of the dataset by REST: JSON, CSV or Arrow, a page at a time."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Request, get
from litestar.exceptions import ServiceUnavailableException, ValidationException
from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Schema,
)
from litestar.params import FromQuery, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from contracts.settings import DURATION, parse_duration
from gateway.history.formats import to_arrow, to_csv, to_json
from gateway.history.pages import History
from gateway.history.query import Cursor, Query
from gateway.serving.answers import Windows
from gateway.serving.documented import WRONGLY_ASKED, answer_of, errors
from gateway.serving.moments import aware

MOST_ROWS = 10_000
_SIDE_BY_SIDE = 2
"""So many pages are read at once: each takes memory."""
_MOST_HELD = 8
"""So many pages, of some 4 MB each, are read or held until who asked has taken them."""
_LONGEST = timedelta(days=10_000)
"""Of what may be asked for: in microseconds it has to fit in 64 bits."""
_PART_BYTES = 64 * 1024
_PAGE_S = 3.0
"""Then a page ends where it is: what is asked for may be rare, and the dataset long."""
_WAIT_S = 10.0
"""So long a request waits for its turn."""

type Format = Literal["json", "csv", "arrow"]
_MEDIA: Mapping[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
}
_decode_cursor = msgspec.json.Decoder(Cursor).decode

Begin = Annotated[
    datetime | None, QueryParameter(name="from", description="the earliest window_start")
]
End = Annotated[datetime | None, QueryParameter(name="to", description="window_start is before it")]
Length = Annotated[str | None, QueryParameter(description=f"of the windows: {DURATION}")]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)]
PageName = Annotated[str | None, QueryParameter(description="as in `next` of the page before")]
Form = Annotated[Format, QueryParameter(name="format")]


@dataclass
class _InEachForm(Operation):
    """Documents the other forms of a page, and its header."""

    def __post_init__(self) -> None:
        page: Any = (self.responses or {})["200"]
        text = Schema(type=OpenAPIType.STRING)
        others = {it.partition(";")[0]: OpenAPIMediaType(text) for it in _MEDIA.values()}
        page.content = others | page.content
        page.headers = {
            "link": OpenAPIHeader(text, description='the next page, with rel="next", if any')
        }


def windows_handler(history: History) -> Any:
    """Make the handler of ``/v1/windows``."""
    held, reading = asyncio.Semaphore(_MOST_HELD), asyncio.Semaphore(_SIDE_BY_SIDE)

    @get(
        "/v1/windows",
        sync_to_thread=False,
        summary="Final windows, newest first",
        description="A page may be short, or empty, and not the last, whose `next` is null.",
        responses={
            200: answer_of(Windows, "a page"),
            **errors(
                WRONGLY_ASKED,
                (
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "the dataset cannot be reached, or there are too many requests",
                ),
            ),
        },
        operation_class=_InEachForm,
    )
    def windows(  # noqa: PLR0917 - the library names each
        request: Request[Any, Any, Any],
        symbol: FromQuery[str | None] = None,
        source: FromQuery[str | None] = None,
        begin: Begin = None,
        end: End = None,
        length: Length = None,
        limit: Limit = 1000,
        page: PageName = None,
        form: Form = "json",
    ) -> ASGIApp:
        query = Query(
            limit=limit,
            symbol=symbol,
            source=source,
            begin=aware("from", begin),
            end=aware("to", end),
            length=None if length is None else _length(length),
            after=None if page is None else _cursor(page),
            within_s=_PAGE_S,
        )

        async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
            async with _turn(held):
                async with _turn(reading):
                    body, last = await asyncio.to_thread(_answer, history, query, request, form)
                await _send(send, body, form, last)

        return answer

    return windows


async def _send(send: Send, body: bytes, form: Format, last: str | None) -> None:
    """Send a page in parts: each waits until what is before it is taken."""
    headers = [
        (b"content-type", _MEDIA[form].encode()),
        (b"content-length", b"%d" % len(body)),
        *([] if last is None else [(b"link", f'<{last}>; rel="next"'.encode())]),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for begin in range(0, len(body), _PART_BYTES):
        part = body[begin : begin + _PART_BYTES]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@asynccontextmanager
async def _turn(places: asyncio.Semaphore) -> AsyncIterator[None]:
    """Take one of the places; raises `ServiceUnavailableException` where none gets free."""
    try:
        async with asyncio.timeout(_WAIT_S):
            await places.acquire()
    except TimeoutError:
        raise ServiceUnavailableException(
            f"at most {_SIDE_BY_SIDE} pages are read at a time and {_MOST_HELD} held for their"
            " readers: try again later",
            headers={"Retry-After": f"{_WAIT_S:.0f}"},
        ) from None
    try:
        yield
    finally:
        places.release()


def _answer(
    history: History, query: Query, request: Request[Any, Any, Any], form: Format
) -> tuple[bytes, str | None]:
    rows, last = history.read(query)
    following = None if last is None else _next_page(request, last)
    if form == "csv":
        return to_csv(rows), following
    return (to_arrow(rows) if form == "arrow" else to_json(rows, following)), following


def _next_page(request: Request[Any, Any, Any], last: Cursor) -> str:
    page = base64.urlsafe_b64encode(msgspec.json.encode(last)).decode()
    asked = {name: value for name, value in request.query_params.items() if name != "page"}
    return f"{request.url.path}?{urlencode(asked | {'page': page})}"


def _cursor(page: str) -> Cursor:
    try:
        return _decode_cursor(base64.urlsafe_b64decode(page))
    except (binascii.Error, ValueError):  # also of msgspec
        raise ValidationException("page: takes what `next` of the page before has") from None


def _length(text: str) -> timedelta:
    try:
        length = parse_duration(text)
    except ValueError:
        raise ValidationException(f"length: takes {DURATION}") from None
    if length > _LONGEST:
        raise ValidationException(f"length: takes at most {_LONGEST.days} days")
    return length
