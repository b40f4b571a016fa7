"""Cuts text into whole lines, many at a time, in bounded memory."""

from collections.abc import Iterable, Iterator

LONGEST = 64 * 1024
"""The longest line that is read, in characters."""
TOO_LONG = f"longer than {LONGEST} characters"


def whole_lines(texts: Iterable[str]) -> Iterator[str]:
    r"""Give texts of whole lines with ``\n`` between them, whatever their ends were.

    Of a line that is too long only the beginning is given, which is longer than `LONGEST`, too.
    """
    rest = ""
    for piece in texts:
        text = rest + piece
        held = "\r" if text.endswith("\r") else ""  # the next piece may begin with its \n
        text = text.removesuffix("\r")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        head, newline, rest = text.rpartition("\n")
        if newline:
            yield head
        rest = rest[: LONGEST + 1] + held
    if rest.endswith("\r"):
        yield rest.removesuffix("\r")
    elif rest:
        yield rest
