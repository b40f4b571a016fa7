"""Print ``docs/performance.md``, from the rows in ``bench/results`` alone."""

from collections.abc import Callable
from pathlib import Path

import backlog
import following
import long_runs
import sections
from rented import cost
from results import Row, Run, read, table

RESULTS = Path(__file__).parent / "results"

SECTIONS: dict[str, tuple[str, Callable[..., str]]] = {
    "cost": ("What the stack takes and costs", cost),
    "overlays": ("What the overlays take", sections.overlays),
    "delay": ("Delays", sections.delay),
    "follow": ("Delays, beside others", following.follow),
    "versions": ("Delays, before and after", long_runs.versions),
    "settings": ("Partitions and the trigger", sections.settings),
    "producer": ("The producer", sections.producer),
    "drain": ("A backlog", backlog.drain),
    "rounds": ("A backlog, in turn", backlog.rounds),
    "catch-up": ("Catching up", backlog.catch_up),
    "sizes": ("Partitions, symbols and workers", backlog.sizes),
    "symbols": ("Many symbols for half an hour", long_runs.symbols),
    "stages": ("The stages of the job", backlog.stages),
    "gateway": ("The gateway", sections.gateway),
    "dashboard": ("The dashboard", sections.dashboard),
    "check": ("The job's check of records", sections.check),
    "ninety-days": ("Ninety days", sections.ninety_days),
    "table": ("Thirty days of a Delta table", sections.days_of_a_table),
    "log": ("A Delta table's log of a day", sections.day_of_a_log),
}

_NEEDS = {"cost": ("dashboard",)}
"""Which other benchmarks' results a section is written from."""

_INTRODUCTION = (
    "# Performance\n\n"
    "Written by `make performance-page` from [the rows](../bench/results/) that"
    " `make performance` keeps, and from nothing else; what each benchmark measures, and how,"
    " is in [bench](../bench/README.md). Rates depend on the machine and on what else runs on it."
    " The load is the average of the minute before a run. If it is above the number of processors,"
    " other programs were running: then compare processor time per event rather than events per"
    " second. Compare figures within a table only. `versions` and `symbols` take an hour and more"
    " each and run only if they are named (`make performance B=versions`): their commit is their"
    " own."
)


def page(folder: Path) -> str:
    """Write the page."""
    kept = read(folder) | read(folder / "long")
    runs = {name: run for name, run in kept.items() if run.rows}
    parts = [
        _INTRODUCTION,
        *_machines(runs),
        table(
            ["benchmark", "command", "commit", "began", "took, s", "load", "exit code"],
            [_about(SECTIONS[name][0], runs[name].about) for name in SECTIONS if name in runs],
        ),
    ]
    if missing := [title for name, (title, _) in SECTIONS.items() if name not in runs]:
        parts.append(f"Not run yet: {', '.join(missing)}.")
    for name, (title, write) in SECTIONS.items():
        needed = [name, *_NEEDS.get(name, ())]
        if runs.keys() >= set(needed):
            parts += [f"## {title}", write(*(runs[it] for it in needed))]
    return "\n\n".join(parts) + "\n"


def _machines(runs: dict[str, Run]) -> list[str]:
    names = ("processors", "model", "memory_gib", "kernel", "engine", "base_images")
    found = dict.fromkeys(tuple(run.about[name] for name in names) for run in runs.values())
    return [
        f"{processors} processors ({model}), {memory} GiB, Linux {kernel}, Docker Engine {engine};"
        f" images {', '.join(f'`{it}`' for it in images.split())}."
        for processors, model, memory, kernel, engine, images in found
    ]


def _about(title: str, about: Row) -> list[object]:
    names = ("commit", "began", "took_s", "load", "exit_code")
    return [title, f"`{about['command']}`", *(about[name] for name in names)]


if __name__ == "__main__":
    print(page(RESULTS), end="")  # noqa: T201 - what it is for
