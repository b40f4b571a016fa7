"""Text from elsewhere, made fit to print: nothing in it may steer a terminal or flood it."""


def safe(text: str, width: int) -> str:
    r"""Escape all that does not print, and cut to `width` characters (an ellipsis is the last).

    Control characters, escape sequences, line and direction marks, and lone surrogates come out as
    Python would write them: ``\x1b``, ``\u202e``.
    """
    cut = text[: width + 1]
    escaped = "".join(char if char.isprintable() else repr(char)[1:-1] for char in cut)
    return escaped if len(escaped) <= width else escaped[: width - 1] + "…"


def safe_bytes(value: bytes | None, width: int) -> str:
    r"""Show bytes as text as far as they are UTF-8, the others as ``\xff``; ``null`` for None."""
    if value is None:
        return "null"
    return safe(value[: 4 * (width + 1)].decode(errors="backslashreplace"), width)
