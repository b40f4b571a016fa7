"""Asks Alpha Vantage for one quote."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import aiohttp

from contracts.logs import MASK
from producer.feeds.alpha_vantage.answers import Answer, read_answer
from producer.feeds.alpha_vantage.wordings import Outcome
from producer.feeds.proxies import bad_address
from producer.feeds.retry_after import retry_after_s

TIMEOUT = aiohttp.ClientTimeout(total=15)
_MOST_BYTES = 64 * 1024
_LONGEST_MESSAGE = 500


class Client:
    """Calls ``GLOBAL_QUOTE``; no answer of it holds the key. `now` gives the aware time."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        key: str,
        now: Callable[[], datetime],
    ) -> None:
        self._session = session
        self._url = f"{base_url.rstrip('/')}/query"
        self._key = key
        self._now = now

    async def ask(self, symbol: str) -> Answer:
        """Ask for a symbol's quote; whatever goes wrong is an answer too."""
        asked = {"function": "GLOBAL_QUOTE", "symbol": symbol, "apikey": self._key}
        try:
            async with self._session.get(
                self._url,
                params=asked,
                timeout=TIMEOUT,
                allow_redirects=False,  # the key is for this address, and each call counts
                trace_request_ctx=[],
            ) as response:
                wait_s = retry_after_s(response.status, response.headers, self._now())
                answer = read_answer(response.status, await _body(response), symbol)
                answer = replace(answer, retry_after_s=wait_s)
        except TimeoutError:
            return Answer(Outcome.UNAVAILABLE, f"no answer within {TIMEOUT.total:g} s")
        except aiohttp.ClientHttpProxyError as error:
            return Answer(Outcome.UNAVAILABLE, f"the proxy answers HTTP {error.status}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = bad_address(error) or f"{type(error).__name__}: {error}"
            answer = Answer(Outcome.UNAVAILABLE, why)
        if answer.outcome is Outcome.QUOTE:
            return answer
        # Masked before it is cut: half a key is of use too.
        message = answer.message.replace(self._key, MASK)[:_LONGEST_MESSAGE]
        return replace(answer, message=message)


def open_session() -> aiohttp.ClientSession:
    """Open a session through the environment's proxy, if any, that sends each call once.

    Each counts. By itself aiohttp sends a call again when its connection breaks: here each call has
    a connection of its own, and may make one only.
    """
    tracing = aiohttp.TraceConfig()
    tracing.on_connection_create_start.append(_only_one)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), trace_configs=[tracing], trust_env=True
    )


async def _only_one(
    _: aiohttp.ClientSession,
    context: SimpleNamespace,
    __: aiohttp.TraceConnectionCreateStartParams,
) -> None:
    made: list[bool] = context.trace_request_ctx
    if made:
        raise aiohttp.ServerDisconnectedError
    made.append(True)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_chunked(_MOST_BYTES):
        body += chunk
        if len(body) > _MOST_BYTES:  # no quote is that long
            break
    return body
