"""The kept results of a benchmark, and tables of them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

type Row = dict[str, Any]


class Run(NamedTuple):
    """What is said about a run, and the rows that it printed."""

    about: Row
    rows: list[Row]


def read(folder: Path) -> dict[str, Run]:
    """Read the runs, by the benchmark's name."""
    runs = {}
    for path in sorted(folder.glob("*.jsonl")):
        about, *rows = map(json.loads, path.read_text().splitlines())
        runs[path.stem] = Run(about, rows)
    return runs


def ends(delays: Row, symbols: int) -> int:
    """Give of how many ends of windows delays are; older rows have one for each symbol's window."""
    return int(delays["ends"] if "ends" in delays else delays["n"] // symbols)


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a table as Markdown."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def aimed(found: Sequence[bool]) -> str:
    """Say whether an aim was reached, or in how many of the runs."""
    if all(found):
        return "reached"
    return f"reached in {sum(found)} of {len(found)} runs" if any(found) else "missed"
