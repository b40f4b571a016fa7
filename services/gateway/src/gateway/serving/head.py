"""Answers HEAD wherever there is a GET: as that, without its body."""

from typing import Any, override

from litestar import Litestar
from litestar.types import Message, Send


class AnsweringHead(Litestar):
    """An application whose handlers of GET answer HEAD too; the library has them for GET alone."""

    @override
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take a request; for the handlers, a HEAD is a GET."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # In another scope: the server's own tells it that no body follows.
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await super().__call__(scope, receive, send)


def _without_body(send: Send) -> Send:
    """End an answer where its body would begin: that of the stream has no end."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_head
