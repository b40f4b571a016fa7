"""Sends alerts to people by Apprise: chats, e-mail, webhooks and a hundred more."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Thread
from typing import TYPE_CHECKING, Any

from contracts.alerts import Alert
from contracts.settings import SettingError
from gateway.alerts.delivery.queue import Address

if TYPE_CHECKING:
    from apprise import NotifyBase

READ_TIMEOUT_S = 30.0
"""How long an answer is waited for where the URL has no ``rto``.

Apprise's own 4 seconds are too few for some: such a one has taken an alert, and gets it again.
"""

LONGEST_S = 900.0
"""How long sending one alert may take in all; one URL may name many to send it to.

A read timeout is no bound: an answer that comes a byte at a time never ends.
"""

_TITLE = "Market data alert"
_SEPARATORS = ",; \t\r\n"
_TAKES = "addresses as Apprise writes them, with commas between, such as ntfys://ntfy.sh/my-topic"
# What they log may hold an address; the queue says what there is to say.
_ABOVE_ALL = logging.CRITICAL + 1
_QUIET = ("apprise", "requests", "urllib3", "requests_oauthlib", "oauthlib")


def addresses(urls: str) -> list[Address]:
    """Make an address of each of Apprise's URLs; raises `SettingError` for one that is none.

    One that is written twice is one address. The URLs are secrets: what an address is called says
    its place and kind only.
    """
    for name in _QUIET:
        logging.getLogger(name).setLevel(_ABOVE_ALL)
    if not urls.strip(_SEPARATORS):
        return []
    # Brings a second and 35 MB: nothing for who wants no messages.
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415
    from apprise.plugins.email import NotifyEmail  # noqa: PLC0415
    from apprise.utils.parse import parse_urls  # noqa: PLC0415

    # Elsewhere most alerts would be asked for, not sent, and a page to log in answers that too.
    asset = AppriseAsset(http_redirects=False)
    found: dict[str, Address] = {}
    written: list[str] = parse_urls(urls)  # type: ignore[no-untyped-call] # it has no types
    if not written or urls.partition(written[0])[0].strip(_SEPARATORS):
        raise _no_address(1)  # what is none before the first it leaves out
    for number, url in enumerate((it.strip(_SEPARATORS) for it in written), start=1):
        server = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if server is None:
            raise _no_address(number)
        if "socket_read_timeout" not in vars(server):  # it has one of its own where the URL says so
            server.socket_read_timeout = READ_TIMEOUT_S
        # E-mail waits for each answer, not only for the connection, for as long as this says.
        if isinstance(server, NotifyEmail) and "socket_connect_timeout" not in vars(server):
            server.socket_connect_timeout = server.socket_read_timeout
        address = _address(number, url, server)
        found.setdefault(address.id, address)
    return list(found.values())


def _no_address(number: int) -> SettingError:
    return SettingError(f"ALERT_URLS: number {number} is no address, takes {_TAKES}")


def _address(number: int, url: str, server: "NotifyBase") -> Address:
    # Apprise sets it for the tries of one call; here each try is a call of its own.
    from apprise.plugins.base import _delivery_tracker  # noqa: PLC0415

    # Which recipients of this address have the alert that is tried, by its id: one that refuses
    # must not make the others get it again at each try.
    taken: dict[str, set[tuple[int | None, Any]]] = {}

    def notify(alert: Alert) -> bool:
        body = f"{alert.text}\n{alert.at} {alert.alert_id}"
        if alert.alert_id not in taken:
            taken.clear()
        _delivery_tracker.set(taken.setdefault(alert.alert_id, set()))  # of this thread alone
        last: datetime | None = getattr(server, "_last_io_datetime", None)
        if last and last > datetime.now():  # noqa: DTZ005 - as Apprise has it
            server._last_io_datetime = None  # noqa: SLF001 - it would wait until then
        try:
            return bool(server.notify(body=body, title=_TITLE, body_format="text"))
        except Exception:  # noqa: BLE001 - a plugin's own; its text may hold the address
            return False

    return Address(
        hashlib.sha256(url.encode()).hexdigest()[:16],
        f"{number} ({server.service_name})",
        _InThread(notify).send,
    )


class _InThread:
    """Sends in a thread of its own: one that is slow keeps no other waiting, nor the end.

    One that does not end is left alone, and nothing else is sent until it has ended.
    """

    def __init__(self, notify: Callable[[Alert], bool]) -> None:
        self._notify = notify
        self._is_sending = False

    async def send(self, alert: Alert) -> bool:
        """Send an alert; tell whether it was taken."""
        if self._is_sending:
            return False
        self._is_sending = True
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[bool] = loop.create_future()

        def tell(answer: bool) -> None:  # noqa: FBT001 - of the one it is told to
            self._is_sending = False
            if not taken.cancelled():
                taken.set_result(answer)

        def run() -> None:
            answer = self._notify(alert)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(tell, answer)

        Thread(target=run, name="alerts-message", daemon=True).start()
        try:
            async with asyncio.timeout(LONGEST_S):
                return await taken
        except TimeoutError:
            return False
