"""Lays out certificates and passwords: a folder for each service, which no other is shown.

What is there stays: to have a new one, remove the old. Folders and files belong to the user whom
the service runs as, and are for it alone.
"""

import hashlib
import hmac
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from access.certificates import (
    AUTHORITY_LASTS,
    FOR_BROWSERS_LASTS,
    Authority,
    begins,
    expires,
    new_authority,
)
from access.errors import FileError
from access.rights import ADMINISTRATOR
from contracts.files import put_in_place, temporary_of

PAGE_USER = "viewer"
AUTHORITY, CERTIFICATE, SERVER = "authority.pem", "ca.pem", "server.pem"
PASSWORD, PAGE_PASSWORD = "password", "page-password"

_OURS, _KAFKAS = 1001, 1000  # as the images have them
_OWNERS = {
    "kafka": _KAFKAS,
    "topic-init": _OURS,
    ADMINISTRATOR: _OURS,
    "producer": _OURS,
    "spark-job": _OURS,
    "debug-consumer": _OURS,
    "gateway": _OURS,
    "login": _OURS,
    "dashboard": _OURS,
    "sql": _OURS,
    "s3": 0,
}
_WITHOUT_PASSWORD = {"dashboard", "sql", "s3"}
_SERVERS = {
    "kafka": (("kafka", "kafka-2", "kafka-3", "localhost", "127.0.0.1"), AUTHORITY_LASTS),
    "login": (("localhost", "127.0.0.1", "::1"), FOR_BROWSERS_LASTS),
    "s3": (("s3", "localhost", "127.0.0.1"), AUTHORITY_LASTS),
}
"""The names of each server's certificate, and how long it holds."""
_RENEW_BEFORE = timedelta(days=30)
_HEALTH = rb"""
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
config.providers=folder
config.providers.folder.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
  username="broker" password="${folder:/run/secrets:password}";
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/ca.pem
"""
"""How the broker asks itself whether it is well; the password stays in its file."""


def lay_out(root: Path, now: datetime) -> list[str]:
    """Make what is missing below `root`; gives a line for each file that a person should know of.

    Raises `FileError` for what is there and cannot be right.
    """
    root.chmod(0o711)  # each service finds its folder, and nobody sees which there are
    person = root.stat().st_uid
    _keep(root / AUTHORITY, lambda: new_authority(now), 0)
    try:
        authority = Authority((root / AUTHORITY).read_bytes())
    except (ValueError, TypeError):
        raise FileError(f"{AUTHORITY}: takes the key and the certificate that were made") from None
    _write(root / CERTIFICATE, authority.certificate, person, 0o644)
    of_authority = list(_expiring(root, CERTIFICATE, now))  # before it signs by a wrong clock
    lines: list[str] = []
    for name, owner in _OWNERS.items():
        folder = root / name
        folder.mkdir(0o700, exist_ok=True)
        os.chown(folder, owner, 0)
        _write(folder / CERTIFICATE, authority.certificate, owner)
        if name not in _WITHOUT_PASSWORD:
            _keep(folder / PASSWORD, _random, owner)
        if name in _SERVERS:
            lines += _renew(folder / SERVER, authority, now)
            _keep(folder / SERVER, lambda: authority.server(*_SERVERS[name], now), owner)  # noqa: B023
    administrators = (root / ADMINISTRATOR / PASSWORD).read_bytes()
    _write(root / "kafka" / f"{ADMINISTRATOR}-{PASSWORD}", administrators, _KAFKAS)
    _write(root / "kafka" / "health.properties", _HEALTH, _KAFKAS)
    _keep(root / PAGE_PASSWORD, _random, person, 0o600)  # a person writes another into it
    _for_the_page(root / "login", _page_password(root / PAGE_PASSWORD))
    of_servers = [it for name in _SERVERS for it in _expiring(root, f"{name}/{SERVER}", now)]
    return [*lines, *of_authority, *of_servers]


def _renew(path: Path, authority: Authority, now: datetime) -> Iterator[str]:
    """Remove a certificate of ours that expires soon, or that a wrong clock dated, for another."""
    pem, name = path.read_bytes() if path.exists() else b"", path.parent.name
    if not authority.has_signed(pem, _SERVERS[name][0]):
        return
    if expires(pem) - now < _RENEW_BEFORE or begins(pem) > now:
        path.unlink()
        yield f"{name}/{path.name}: renewed; takes effect once {name} is started again"


def _page_password(path: Path) -> str:
    """Read what a person may have written, in any editor."""
    try:
        password = path.read_text("utf-8-sig").strip()
    except UnicodeDecodeError:
        password = ""
    if not password or not password.isprintable():
        raise FileError(f"{PAGE_PASSWORD}: takes a password: one line of text in UTF-8")
    return password


def _for_the_page(folder: Path, password: str) -> None:
    """Write what the proxy compares: the password's hash, and what its cookie must say.

    The cookie's word changes with the password, which so ends what was opened with the old one.
    """
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"],  # noqa: S607
        input=password,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    _write(folder / "users", f"{PAGE_USER}:{hashed}".encode(), _OURS)
    key = (folder / PASSWORD).read_bytes()
    word = hmac.new(key, password.encode(), hashlib.sha256).hexdigest()
    _write(folder / "cookie.conf", f'"{word}" off;\n'.encode(), _OURS)
    _write(folder / "set-cookie.conf", f'set $word "{word}";\n'.encode(), _OURS)


def _expiring(root: Path, name: str, now: datetime) -> Iterator[str]:
    pem = (root / name).read_bytes()
    try:
        begin, left = begins(pem), expires(pem) - now
    except ValueError:
        raise FileError(f"{name}: takes a certificate (PEM)") from None
    # What an authority has signed goes with it.
    remove = f"{AUTHORITY} and each {SERVER}" if name == CERTIFICATE else name
    cure = f"remove {remove} and start again for new ones"
    if begin > now:
        clock = f"the clock says {now:%Y-%m-%d}: correct it, or"
        raise FileError(f"{name}: holds only from {begin:%Y-%m-%d} on, and {clock} {cure}")
    if left < timedelta(0):
        raise FileError(f"{name}: expired on {now + left:%Y-%m-%d}: {cure}")
    if left < _RENEW_BEFORE:
        yield f"{name}: expires on {now + left:%Y-%m-%d}: {cure}"


def _random() -> bytes:
    return secrets.token_urlsafe(32).encode()  # without a line's end: some take all of the file


def _keep(path: Path, make: Callable[[], bytes], owner: int, mode: int = 0o400) -> None:
    """Make a file where there is none; one that a person put there gets its owner too."""
    _write(path, path.read_bytes() if path.exists() else make(), owner, mode)


def _write(path: Path, content: bytes, owner: int, mode: int = 0o400) -> None:
    temporary = temporary_of(path)
    temporary.unlink(missing_ok=True)
    temporary.touch(0o600)
    temporary.write_bytes(content)
    os.chown(temporary, owner, 0)
    temporary.chmod(mode)
    put_in_place(temporary, path)
