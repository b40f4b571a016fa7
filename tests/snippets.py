"""The commands, the code and the tables in the documents."""

import re
from typing import NamedTuple

from stack import CHECKOUT

_PATTERNS = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md", "services/*/README.md"),
    *(f"{folder}/README.md" for folder in ("bench/**", "bootstrap", "contracts", "tests")),
)
_WRITTEN = CHECKOUT / "docs/performance.md"
"""Of results, each of which names the command that it is of."""

DOCUMENTS = [
    str(path.relative_to(CHECKOUT))
    for pattern in _PATTERNS
    for path in sorted(CHECKOUT.glob(pattern))
    if path != _WRITTEN
]

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_PROGRAMS = (
    "make|docker|curl|echo|cp|cd|pip|uv|git|pre-commit|python3?|java|sqlite3|kafka-[a-z]+"
    r"|(?:scripts|tests|bench|bootstrap)/[\w/.-]+\.sh"
)
_INLINE = re.compile(rf"`((?:[A-Z_]+=\S+ )*(?:{_PROGRAMS}) [^`]+)`")
_REMARK = re.compile(r" +# .*$", re.MULTILINE)


class Snippet(NamedTuple):
    """A block of a document, or a command in its text; of a block of commands each is one.

    So is each line of one that shows several values of `COMPOSE_FILE`.
    """

    document: str
    language: str
    text: str

    @property
    def first_line(self) -> str:
        """Give what it is called by."""
        return self.text.splitlines()[0]


def snippets(document: str) -> list[Snippet]:
    """List what a document shows; a command in its text has the language `sh`, too."""
    text = (CHECKOUT / document).read_text()
    found = []
    for indent, language, block in _BLOCK.findall(text):
        lines = re.sub(rf"^{indent}", "", block, flags=re.MULTILINE).rstrip("\n")
        is_alternatives = all(it.startswith("COMPOSE_FILE=") for it in lines.splitlines())
        if language == "sh":
            parts = _REMARK.sub("", lines).splitlines()
        else:
            parts = lines.splitlines() if is_alternatives else [lines]
        found += [Snippet(document, language, part) for part in parts]
    for command in _INLINE.findall(_BLOCK.sub("", text)):
        found.append(Snippet(document, "sh", command.replace(r"\|", "|")))
    return found


def snippet(document: str, beginning: str) -> str:
    """Give what a document shows that begins so; the same may be there more than once."""
    found = {it.text for it in snippets(document) if it.text.startswith(beginning)}
    assert len(found) == 1, f"{document} shows not one thing that begins {beginning!r}: {found}"
    return found.pop()


def settings(document: str, beginning: str) -> dict[str, str]:
    """Read what a document shows of an `.env` that begins so."""
    lines = snippet(document, beginning).splitlines()
    return dict(line.split("=", 1) for line in lines)


def table(path: str, heading: str) -> list[list[str]]:
    """Read the first table below a heading of a document: its cells, row by row."""
    text = (CHECKOUT / path).read_text().partition(f"\n## {heading}\n")[2]
    (first, *_) = re.findall(r"(?:^\| .*\n)+", text, re.MULTILINE)
    rows = [line.strip("| ").split(" | ") for line in first.splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]
