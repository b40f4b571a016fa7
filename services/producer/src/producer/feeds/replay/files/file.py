"""What a file to replay is, found from what it holds and not from its name."""

import codecs
import gzip
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import SEEK_END
from pathlib import Path
from typing import IO, Literal, NamedTuple, cast

from contracts.settings import SettingError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

type Packing = Literal["", "gzip", "zstd", "zip"]
type Form = Literal["CSV", "JSON", "Parquet"]

_HEAD = 4096
_SHOWN = 10
_CHUNK = 64 * 1024
_WINDOW_LOG = 26
"""The largest window of zstd that is unpacked, as a power of 2: 64 MiB of memory."""
_PACKINGS: dict[bytes, Packing] = {
    b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip",
    **{bytes([0x50 + n]) + b"\x2a\x4d\x18": "zstd" for n in range(16)},  # its frames to be skipped
}  # fmt: skip
_OTHERS = {
    b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-Zip", b"\xd0\xcf\x11\xe0": "old Excel",
    b"%PDF": "PDF", b"SQLite format 3": "SQLite", b"ORC": "ORC", b"Obj\x01": "Avro",
    b"ARROW1": "Arrow IPC", b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32",
}  # fmt: skip
_PARQUET = b"PAR1"
_TAR_AT = 257
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OF_WINDOWS = "cp1252"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL = 0.1
"""Of text so many characters at most are control characters: a stray one spoils its line only."""
_TAKEN = (
    "takes CSV, JSON lines or a JSON document, plain or in gzip, zstd or a zip of one file, or a"
    " Parquet file or a folder of them"
)


class File(NamedTuple):
    """A file, how it is packed, and what it holds."""

    path: Path
    packing: Packing
    form: Form
    encoding: str

    def texts(self) -> Iterator[str]:
        """Give its text in pieces; bytes that are none become U+FFFD. Raises `OSError`."""
        with _unpacked(self.path, self.packing) as file:
            yield from _decoded(file, self.encoding)

    def ends_with_a_line(self) -> bool:
        """Tell whether text ends where a line does; where it is packed, a cut shows otherwise."""
        if self.packing:
            return True
        with self.path.open("rb") as file:
            file.seek(-min(2, file.seek(0, SEEK_END)), SEEK_END)
            return file.read().strip(b"\0")[-1:] in {b"\r", b"\n"}


def files_of(path: Path) -> list[Path]:
    """Give the files that are played: of a folder those that are not hidden, as ``_SUCCESS`` is."""
    if not path.is_dir():
        return [path]
    files = (it for it in path.rglob("*") if it.is_file())
    return sorted(
        it
        for it in files
        if not any(name.startswith(("_", ".")) for name in it.relative_to(path).parts)
    )


@contextmanager
def must_be_readable(path: Path) -> Iterator[None]:
    """Raise `SettingError` in place of an `OSError` that comes of reading a file at the start."""
    try:
        yield
    except OSError as error:
        raise SettingError(f"REPLAY_FILE: {path} cannot be read: {error}") from None


def inspect(path: Path) -> File:
    """Find out what a file is; raises `SettingError`, which says what was found and is taken."""
    if path.is_dir():
        return File(path, "", "Parquet", "")
    if not path.is_file():
        raise SettingError(
            f"REPLAY_FILE: got {str(path)!r}, takes a file that is there: {_near(path)}"
        )
    with must_be_readable(path):
        with path.open("rb") as file:
            head = file.read(_HEAD)
        packing: Packing = next((it for sign, it in _PACKINGS.items() if head.startswith(sign)), "")
        with _unpacked(path, packing) as unpacked:
            head = unpacked.read(_HEAD)
    if head.startswith(_PARQUET) and not packing:
        return File(path, "", "Parquet", "")
    encoding = _encoding(head)
    if found := _other(head, packing, encoding):
        raise SettingError(f"REPLAY_FILE: {path} is {found}, {_TAKEN}")
    start = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    return File(path, packing, "JSON" if start[:1] in {"{", "["} else "CSV", encoding)


def _near(path: Path) -> str:
    """Say what is in the folder in which a file was looked for, or in the nearest that is there."""
    folder = next(it for it in path.parents if it.is_dir())
    try:
        names = sorted(it.name for it in folder.iterdir() if not it.name.startswith("."))
    except OSError as error:
        return f"{folder} cannot be read: {error.strerror}"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{folder} has {', '.join(map(repr, names[:_SHOWN])) or 'no files'}{more}"


def _other(head: bytes, packing: Packing, encoding: str) -> str:
    """Name what a file is that is not taken, if that can be seen."""
    if head.startswith(_PARQUET):
        return f"Parquet in {packing}"
    if head[_TAR_AT:].startswith(b"ustar"):
        return "tar"
    packings = {magic: f"{name} in {packing}" for magic, name in _PACKINGS.items()}
    for magic, name in (_OTHERS | packings).items():
        is_text = name == "ORC" and not _CONTROL.search(head)  # of ORCL, say
        if head.startswith(magic) and not is_text:
            return name
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "HTML or XML"
    if (
        not encoding.startswith("utf-16")
        and len(_CONTROL.findall(head)) > len(head) * _MOST_CONTROL
    ):
        return "no text (it is full of control characters)"
    return ""


def _encoding(head: bytes) -> str:
    """Tell UTF-16 by its mark, or by where it has zeros, and UTF-8 from what Excel saves."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    first = head[:256]
    half = len(first) // 2
    zeros = first[0::2].count(0), first[1::2].count(0)
    if half and zeros[1] > half * 0.7 and not zeros[0]:
        return "utf-16-le"
    if half and zeros[0] > half * 0.7 and not zeros[1]:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _OF_WINDOWS
    return "utf-8-sig"


@contextmanager
def _unpacked(path: Path, packing: Packing) -> Iterator[IO[bytes]]:
    """Open a file, unpacked; what is wrong with its packing is an `OSError`."""
    try:
        with path.open("rb") as file, _OPENERS[packing](file) as unpacked:
            yield unpacked
    except (EOFError, zlib.error, zstd.ZstdError, zipfile.BadZipFile, RuntimeError) as error:
        raise OSError(f"damaged {packing}: {error}") from None


def _gzip(file: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file))


def _zstd(file: IO[bytes]) -> IO[bytes]:
    limits = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG}
    return cast("IO[bytes]", zstd.ZstdFile(file, options=limits))


def _zip(file: IO[bytes]) -> IO[bytes]:
    archive = zipfile.ZipFile(file)
    names = [it.filename for it in archive.infolist() if not it.is_dir()]
    names = [it for it in names if not it.startswith("__MACOSX/")]
    if "[Content_Types].xml" in names:
        raise OSError("the zip holds an Excel workbook, takes it saved as CSV")
    if len(names) != 1:
        raise OSError(f"the zip holds {len(names)} files, takes one file, or one of them unpacked")
    return archive.open(names[0])


_OPENERS: dict[Packing, Callable[[IO[bytes]], IO[bytes]]] = {
    "": lambda file: file, "gzip": _gzip, "zstd": _zstd, "zip": _zip,
}  # fmt: skip


def _decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while data := file.read(_CHUNK):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)
