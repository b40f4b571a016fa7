"""What the page says of each benchmark, from the rows of its run."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from plots import bars, curve
from results import Row, Run, table

ALL = ("job", "hand", "flink", "kafka-streams", "jet", "jet-10s", "bytewax", "quix")


def producer(run: Run) -> str:
    """Compare the ways to publish."""
    rates = {it["name"]: it["events_per_second"] for it in run.rows}
    basis = "aiokafka, send with futures"

    def cells(it: Row) -> list[object]:
        replayed = ", replay of CSV" if "replay" in it["name"] else ""
        against = rates.get(basis + replayed)
        return [
            it["name"],
            f"{it['events_per_second']:,}",
            f"{it['events_per_second'] / against:.2f}" if against else "",
            f"{it['cpu_us_per_event']:.2f}",
            it["peak_rss_mib"],
            "yes" if it["ordered"] else "NO",
        ]

    heads = ["", "events/s", "times `send`", "CPU µs per event", "peak MiB", "in order, no hole"]
    made = {name: rate / 1000 for name, rate in rates.items() if "replay" not in name}
    return (
        bars("What is published", "1,000 events/s", made)
        + "\n\n"
        + table(heads, map(cells, run.rows))
        + "\n\n`send` is aiokafka's, with futures, of the same events; a replay is compared with"
        " the replay of CSV."
    )


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
        + "\n\nEvents a second and processor time are of the last drain in the process; how it is"
        " measured, and what each system does and leaves out, is in"
        " [drain](../bench/drain/README.md). They run one after the other, so that what others do"
        " on the machine meanwhile slows one and not the next: the rounds below tell who is faster."
        + (f" Not in this run: {', '.join(f'`{it}`' for it in left)}." if left else "")
    )


def _records(run: Run) -> int:
    """Give how many records were drained; those in Java do not say it: as many as the job."""
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

    def cells(key: str) -> list[object]:
        times = [one / job for one, job in zip(rates[key], rates["job"], strict=True)]
        used = [it.drains[-1]["cpu_us_per_record"] for it in systems[key]]
        wrong = [text for it in systems[key] for text in it.wrong]
        return [
            f"`{key}`",
            _spread(rates[key], ",.0f"),
            _spread(times, ".2f"),
            _spread(used, ".2f"),
            "; ".join(wrong) or "all right",
        ]

    drains = max(it["drain"] for it in run.rows if "system" in it)
    heads = ["", "events/s", "times the job's rate of the round", "CPU µs per event", "windows"]
    medians = {key: median(found) / 1000 for key, found in rates.items()}
    return (
        bars("What is drained, the median of the rounds", "1,000 events/s", medians)
        + "\n\n"
        + table(heads, map(cells, systems))
        + f"\n\nThe median of {len(rates['job'])} rounds, the least and the most; in each"
        " round the systems drain one after the other, each in a process of its own, of which"
        f" drain {drains} counts."
    )


def _spread(values: Sequence[float], form: str) -> str:
    """Write the median, and between what all lie."""
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def _drain(it: Drained, rates: dict[str, float]) -> list[object]:
    first, last = it.drains[0], it.drains[-1]
    return [
        f"`{it.key}`",
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


def delay(run: Run) -> str:
    """Say how long windows and trades take."""
    names = {
        "window_end_to_file": "from a window's end to its file",
        "window_end_to_page": "from a window's end to the page",
        "broker_to_pixels": "from the broker's timestamp of a trade to pixels, ten pages open",
    }
    parts = []
    for it in run.rows:
        delays = [
            [text, *(it["delays"][name].get(figure, "") for figure in _DELAY)]
            for name, text in names.items()
            if name in it["delays"]
        ]
        parts += [
            f"{it['events_per_second']:,} events/s, version `{it['variant']}`, seconds:",
            table(["", "median", "p99", "largest", "number"], delays),
            _JOB.format(**it),
        ]
    return "\n\n".join(parts)


_JOB = (
    "The job had {processors:.2f} of a processor busy at {batches_a_minute:.1f} batches a minute;"
    " killed, it wrote again {from_kill_to_file_s:.1f} s later."
)
_DELAY = ("median_s", "p99_s", "max_s", "n")


def gateway(run: Run) -> str:
    """Say what the gateway takes, and how fast readers have it."""
    seen = {it["readers"]: it for it in run.rows if "median_s" in it}
    rows = []
    for it in run.rows:
        if "status" not in it:
            continue
        lag_s = it["status"]["details"]["topics"]["raw_api_events"]["lag_s"]
        reader = seen.get(it["readers"], {})
        figures = (reader.get(name, "") for name in ("messages_per_second", "median_s", "p99_s"))
        rows.append([f"{it['readers']:,}", it["processors"], it["memory_mib"], lag_s, *figures])
    heads = ["readers", "processors", "MiB", "lag, s", "messages/s", "quote to reader, s", "p99, s"]
    return table(heads, rows)


def dashboard(run: Run) -> str:
    """Say how fast the page is, for each of the data that it was measured on."""
    by_data: dict[str, list[Row]] = defaultdict(list)
    data = ""
    for it in run.rows:
        if "data" in it:
            data = it["data"]
        else:
            by_data[data].append(it)
    return "\n\n".join(f"Data: `{data}`.\n\n{_pages(rows)}" for data, rows in by_data.items())


def _pages(rows: list[Row]) -> str:
    opened = {it["navigation_s"]: it for it in rows if "navigation_s" in it}
    cells = []
    for it in rows:
        if "range" not in it:
            continue
        first = opened[it["range"]] if it["pages"] == 1 else None
        run_ms = it["run_ms"]
        cells.append(
            [
                it["pages"],
                it["range"],
                f"{first['median']:.2f} ({first['max']:.2f})" if first else "",
                f"{run_ms['median']:.0f} ({run_ms['p99']:.0f}, {run_ms['n']})",
                f"{it['kib_a_refresh']:.0f}",
                it["rss_mib"],
            ]
        )
    heads = [
        *("pages", "shown", "navigation to a drawn chart: median (largest), s"),
        *("fragment in the server: median (p99, number), ms", "KiB a refresh", "server, MiB"),
    ]
    return table(heads, cells)


def check(run: Run) -> str:
    """Say what the job's check costs."""
    (it,) = run.rows
    return (
        f"{it['ascii_ns']:,} ns of the processor a record where all symbols are ASCII,"
        f" {it['tenth_not_ns']:,} ns where a tenth is not: the ratio is {it['ratio']},"
        f" at most {it['most_ratio']} is allowed."
    )


def ninety_days(run: Run) -> str:
    """Say what grows over ninety days."""
    *tenths, end = run.rows
    heads = ["days", "write, ms", "pass, ms", "files", "folders", "MiB"]
    passes_ms = {str(it["days"]): it["pass_ms"] for it in tenths}
    return (
        curve("A pass about merging and old files, by days of data", "ms", passes_ms)
        + "\n\n"
        + table(heads, [it.values() for it in tenths])
        + f"\n\n{end['batches']:,} batches, retention of thirty days. "
        + ("; ".join(end["faults"]) or "After the first thirty days nothing grows")
        + ". A pass is what the job does once a minute about merging and old files."
    )
