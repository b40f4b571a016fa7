"""Who may ask: with a token set, those who give it; a page of another site never."""

import secrets
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

OPEN_TO_ALL = "open_to_all"
"""Set in a handler's `opt`, it needs no token."""


def guard_by(token: str | None) -> Guard:
    """Make the guard of all handlers: it asks for the token where there is one."""
    expected = None if token is None else f"Bearer {token}".encode()

    def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
        given = connection.headers.get("authorization", "").encode()
        if expected is not None and not handler.opt.get(OPEN_TO_ALL):
            scheme, blank, rest = given.partition(b" ")
            given = scheme.title() + blank + rest.strip()
            if not secrets.compare_digest(given, expected):
                raise NotAuthorizedException(
                    "takes the header Authorization: Bearer and the GATEWAY_TOKEN",
                    headers={"WWW-Authenticate": "Bearer"},
                )
        # Browsers let any page open a WebSocket anywhere, and tell only whose page it is.
        origin = connection.headers.get("origin")
        host = connection.headers.get("host")
        if (
            connection.scope["type"] == ScopeType.WEBSOCKET
            and origin
            and urlsplit(origin).netloc != host
        ):
            raise PermissionDeniedException("is not for pages of another site")

    return guard
