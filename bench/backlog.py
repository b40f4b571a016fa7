"""The sections of the page about draining a backlog, by the job and by other systems."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from plots import bars
from results import Row, Run, aimed, table

ALL = ("job", "hand", "flink", "kafka-streams", "jet", "jet-10s", "bytewax", "quix")

_AIM_TIMES_FLINK = 1.25
_AIM_PROCESSOR_TIMES = {"jet": 1.5, "hand": 1.3}  # at most so many times theirs
_AIM_OF_ONE_BATCH = 0.75


class Drained(NamedTuple):
    """The drains of one system, and what is wrong with its windows."""

    key: str
    drains: list[Row]
    windows: int
    wrong: list[str]


def drained(rows: list[Row]) -> list[Drained]:
    """Put together the drains of a system and the checks that follow them."""
    found: list[Drained] = []
    drains: list[Row] = []
    for row in rows:
        if "system" in row:
            drains = [row] if row["drain"] == 1 else [*drains, row]
        elif row["checked"].endswith("/1"):
            key = row["checked"].split("/")[-2].partition("-")[2]
            found.append(Drained(key, drains, row["windows"], list(row["differences"])))
        else:
            found[-1].wrong.extend(row["differences"])
    return found


def drain(run: Run) -> str:
    """Compare the systems that drain a topic."""
    systems = drained(run.rows)
    records = _records(run)
    last = {it.key: _rate(it, records) for it in systems if it.drains}
    heads = [
        *("", "cold, from the start of the process", "last of drains", "events/s"),
        *("times the job's rate", "CPU µs per event", "peak MiB", "windows"),
    ]
    left = [it for it in ALL if it not in last]
    used = {
        it.key: it.drains[-1]["cpu_us_per_record"] for it in systems if it.drains and not it.wrong
    }
    return (
        bars("Processor time for an event, where all windows are right", "µs", used)
        + "\n\n"
        + table(heads, [_drain(it, last) for it in systems if it.drains])
        + "\n\nEvents per second and processor time are of the last drain in the process; how it"
        " is measured, and what each system does and leaves out, is in"
        " [drain](../bench/drain/README.md). The systems run one after the other, so other work on"
        " the machine may slow one and not the next: to see which is faster, use the rounds below."
        + (f" Not in this run: {', '.join(f'`{it}`' for it in left)}." if left else "")
    )


def _records(run: Run) -> int:
    """Give how many records were drained; the systems in Java do not print it."""
    return max(it.get("records", 0) for it in run.rows)


def _rate(it: Drained, records: int) -> float:
    return it.drains[-1].get("records", records) / it.drains[-1]["seconds"]


def rounds(run: Run) -> str:
    """Compare the systems that drain a topic in turn, several times."""
    systems: dict[str, list[Drained]] = defaultdict(list)
    for it in drained(run.rows):
        systems[it.key].append(it)
    records = _records(run)
    rates = {key: [_rate(it, records) for it in found] for key, found in systems.items()}
    used = {
        key: [it.drains[-1]["cpu_us_per_record"] for it in found] for key, found in systems.items()
    }

    def cells(key: str) -> list[object]:
        times = [one / job for one, job in zip(rates[key], rates["job"], strict=True)]
        wrong = [text for it in systems[key] for text in it.wrong]
        return [
            f"`{key}`: {systems[key][0].drains[0]['system']}",
            _spread(rates[key], ",.0f"),
            _spread(times, ".2f"),
            _spread(used[key], ".2f"),
            "; ".join(wrong) or "all right",
        ]

    drains = max(it["drain"] for it in run.rows if "system" in it)
    heads = ["", "events/s", "times the job's rate of the round", "CPU µs per event", "windows"]
    medians = {key: median(found) / 1000 for key, found in rates.items()}
    return (
        bars("What is drained, the median of the rounds", "1,000 events/s", medians)
        + "\n\n"
        + table(heads, map(cells, systems))
        + f"\n\nThe median of {len(rates['job'])} rounds, and in brackets the smallest and the"
        " largest. In each round the systems drain one after the other, each in a process of its"
        f" own, of which drain {drains} counts.\n\nThe aims for the medians of the rounds:"
        f" {'; '.join(_aims(rates, used))}."
    )


def _aims(rates: dict[str, list[float]], used: dict[str, list[float]]) -> list[str]:
    def compared(figures: dict[str, list[float]], other: str) -> float:
        pairs = zip(figures["job"], figures[other], strict=True)
        return median(job / another for job, another in pairs)

    least, flink = _AIM_TIMES_FLINK, compared(rates, "flink")
    aims = [f"at least {least} times the rate of `flink`: {flink:.2f} ({aimed([flink >= least])})"]
    for other, most in _AIM_PROCESSOR_TIMES.items():
        times = compared(used, other)
        aims.append(
            f"at most {most} times the processor time of `{other}`: {times:.2f}"
            f" ({aimed([times <= most])})"
        )
    return aims


def _spread(values: Sequence[float], form: str) -> str:
    """Write the median, the smallest and the largest."""
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def _drain(it: Drained, rates: dict[str, float]) -> list[object]:
    first, last = it.drains[0], it.drains[-1]
    return [
        f"`{it.key}`: {first['system']}",
        f"{first['since_start']:.1f} s",
        f"{last['seconds']:.1f} s of {last['drain']}",
        f"{rates[it.key]:,.0f}",
        f"{rates[it.key] / rates['job']:.2f}" if "job" in rates else "",
        f"{last['cpu_us_per_record']:.2f}",
        f"{last['peak_mib']:,}",
        f"{it.windows:,}, {'; '.join(it.wrong) or 'all right'}",
    ]


def stages(run: Run) -> str:
    """Say what each stage of the job takes."""
    heads = ["stage, with all before it", "seconds", "CPU µs per event"]
    rows = [[*it.values()] for it in run.rows]
    used = {stage: cpu_us for stage, _, cpu_us in rows}
    plot = bars("Processor time for an event, each with all before it", "µs", used)
    return f"{plot}\n\n{table(heads, rows)}"


def catch_up(run: Run) -> str:
    """Compare the job's default pace with one batch of all, in turn."""
    found: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for it in run.rows:
        found[it["drain"], it["pace"]].append(it)
    drains = sorted({drain for drain, _ in found})
    rates = {key: median(it["rate"] for it in some) for key, some in found.items()}
    of_one_batch = [rates[it, "default"] / rates[it, "one-batch"] for it in drains]
    heads = ["drain", "pace", "batches", "most records in one", "events/s", "peak MiB so far"]
    rows = [
        [
            *(drain, pace),
            *(f"{median(it[name] for it in some):,.0f}" for name in ("batches", "most_records")),
            *(_spread([it[name] for it in some], ",.0f") for name in ("rate", "peak_mib")),
        ]
        for (drain, pace), some in sorted(found.items())
    ]
    return (
        f"{table(heads, rows)}\n\nOne partition. In each of {len(found[drains[0], 'default'])}"
        " rounds each pace has a process of its own, which drains twice; in the first drain Java's"
        " code is not compiled yet. The median, and in brackets the smallest and the largest. The"
        " default pace is measured from the end of the first batch, which leaves out much of that"
        " time. The aim is at least"
        f" {_AIM_OF_ONE_BATCH} of the rate of one batch in the same drain:"
        f" {' and '.join(f'{it:.2f}' for it in of_one_batch)}"
        f" ({aimed([it >= _AIM_OF_ONE_BATCH for it in of_one_batch])})."
    )


def sizes(run: Run) -> str:
    """Say what the job drains by partitions, symbols and worker cores."""
    heads = [
        *("partitions", "symbols", "who works", "state", "events/s", "CPU µs per event"),
        *("peak MiB of the job's container", "windows"),
    ]
    return (
        table(heads, map(_size, run.rows))
        + "\n\nThe last drain in each process; processor time is that of the job and the workers"
        " together. A symbol has at most one quote a second, so many symbols make many windows of"
        " few quotes. Each worker core is a worker of a Spark cluster, in a container of its own on"
        " the same machine; the job is the driver."
    )


def _size(it: Row) -> list[object]:
    drain, cores = it["drain"], it["worker_cores"]
    used_us = drain["cpu_us_per_record"] + it["workers_s"] / drain["records"] * 1e6
    return [
        it["partitions"],
        f"{it['symbols']:,}",
        f"{cores} worker core{'s' * (cores > 1)}" if cores else "the job",
        {"memory": "in memory", "rocksdb": "RocksDB"}[it["state_store"]],
        f"{drain['records'] / drain['seconds']:,.0f}",
        f"{used_us:.2f}",
        f"{drain['peak_mib']:,}",
        f"{it['check']['windows']:,}, {'; '.join(it['check']['differences']) or 'all right'}",
    ]
