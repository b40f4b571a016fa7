"""Puts all handlers together: the application, with its documentation at ``/docs``."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Router, get
from litestar.exceptions import NotFoundException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, RapidocRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath
from litestar.response import File

from gateway.serving.access import OPEN_TO_ALL, guard_by
from gateway.serving.head import AnsweringHead
from gateway.serving.problems import EXCEPTION_HANDLERS

_BUNDLES = {it.name: it for it in (Path(__file__).parent / "bundles").iterdir()}
_ASSETS = "/docs/assets"
_IS_OPEN = {OPEN_TO_ALL: True}
"""A browser that opens a page gives no token, and this one says only what can be asked."""
_PART_BYTES = 64 * 1024
"""So much of a file is held for one who takes it slowly."""

_PATTERN = re.compile(rb'"pattern":"\\\\A(.*?)\\\\Z"')
_PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Market data</title>
<link rel="icon" href="data:,">
<script src="{_ASSETS}/rapidoc-min.js"></script>
</head>
<body>
<rapi-doc spec-url="/docs/openapi.json" render-style="view" show-header="false" load-fonts="false">
</rapi-doc>
</body>
</html>
"""


class _Document(JsonRenderPlugin):
    """The description in JSON, with patterns as JavaScript writes them, which OpenAPI asks for."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return _PATTERN.sub(rb'"pattern":"^\1$"', super().render(request, openapi_schema))


class _Page(RapidocRenderPlugin):
    """The page of RapiDoc as it is, but for fonts, which it would fetch from elsewhere."""

    def render(self, _request: Request[Any, Any, Any], _openapi_schema: dict[str, Any]) -> bytes:
        return _PAGE.encode()


@get(_ASSETS + "/{name:str}", sync_to_thread=False, opt=_IS_OPEN, include_in_schema=False)
def _asset(name: FromPath[str]) -> File:
    """Give one of the files: of a path, whatever a reader makes of it, nothing is looked for."""
    if name not in _BUNDLES:
        raise NotFoundException
    return File(
        _BUNDLES[name],
        filename=name,  # by which its type is known: some proxies let no browser guess it
        content_disposition_type="inline",
        chunk_size=_PART_BYTES,
    )


def application(handlers: Sequence[Any], token: str | None) -> Litestar:
    """Make the application; with a token, all but health and documentation asks for it."""
    secured: dict[str, Any] = {}
    if token is not None:
        scheme = SecurityScheme(type="http", scheme="bearer")
        secured = {
            "security": [{"token": []}],
            "components": Components(security_schemes={"token": scheme}),
        }
    return AnsweringHead(
        [*handlers, _asset],
        guards=[guard_by(token)],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Market data",
            version="1",
            openapi_router=Router(
                "/docs", route_handlers=[], opt=_IS_OPEN, include_in_schema=False
            ),
            # Served from here: the page works without the Internet.
            render_plugins=[_Page(path="/"), _Document()],
            **secured,
        ),
    )
