"""A gateway of the tests' own: says what it is told to, on the paths of the real one."""

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve


class FakeGateway:
    """Serves `/v1/stream` on a free port, where what is said goes to all, and `/v1/alerts`."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.alerts: list[dict[str, object]] = []
        self.asked: list[dict[str, list[str]]] = []
        self._connections: set[ServerConnection] = set()
        self._changed = asyncio.Condition()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self):
        self._server = await serve(
            self._stream, "127.0.0.1", self.port, process_request=self._admit, close_timeout=1
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    def _admit(self, connection, request):
        wanted = f"Bearer {self.token}" if self.token else None
        if request.headers.get("Authorization") != wanted:
            return connection.respond(401, "")
        path, query = urlsplit(request.path)[2:4]
        if path == "/v1/alerts":
            answer = connection.respond(200, json.dumps({"alerts": self.alerts}))
            answer.headers["Content-Type"] = "application/json"
            return answer
        self.asked.append(parse_qs(query))
        return None

    async def _stream(self, connection):
        await self._change(self._connections.add, connection)
        await connection.wait_closed()
        await self._change(self._connections.discard, connection)

    async def _change(self, change, connection):
        async with self._changed:
            change(connection)
            self._changed.notify_all()

    async def say(self, **message):
        text = json.dumps(message)
        await asyncio.gather(*(it.send(text) for it in self._connections))

    async def nobody_listens(self):
        await self._until(lambda: not self._connections)

    async def is_asked(self, times):
        """Wait until so many connections were made, and the last of them alone is there."""
        await self._until(lambda: len(self.asked) >= times and len(self._connections) == 1)

    async def _until(self, holds):
        async with self._changed:
            await self._changed.wait_for(holds)
