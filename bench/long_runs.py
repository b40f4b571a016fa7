"""The sections of the page from benchmarks that take an hour and more, and run only if named."""

from functools import reduce
from itertools import batched
from operator import getitem, itemgetter

from results import Row, Run, aimed, table

_AIM_MEDIAN, _AIM_P99, _AIM_PROCESSORS = 0.55, 0.65, 1.25
"""Of what the older version took, at most."""
_FIGURES: tuple[tuple[str, tuple[str, ...], float | None], ...] = (
    ("end to file, median, s", ("delays", "window_end_to_file", "median_s"), _AIM_MEDIAN),
    ("end to file, p99, s", ("delays", "window_end_to_file", "p99_s"), _AIM_P99),
    ("end to page, median, s", ("delays", "window_end_to_page", "median_s"), _AIM_MEDIAN),
    ("end to page, p99, s", ("delays", "window_end_to_page", "p99_s"), _AIM_P99),
    ("processors of the job", ("processors",), _AIM_PROCESSORS),
    ("batches a minute", ("batches_a_minute",), None),
    ("from a kill to the next file, s", ("from_kill_to_file_s",), None),
)
"""What is compared: where it stands in a row, and its aim."""

_VERSIONS = (
    "Version `{before}`, from before a window was written by the batch that reads past its end, and"
    " version `{after}`, with default settings, one after the other. The aims are"
    f" {_AIM_MEDIAN} of the median, {_AIM_P99} of the 99th percentile and {_AIM_PROCESSORS} of the"
    " processors."
)
_SYMBOLS = (
    "A stack with default settings and a quote a second of each symbol, for {minutes:g} minutes"
    " after the first two: medians of the last quarter of the time, and the job's memory by"
    " quarters, without files that the kernel keeps until memory is short. The job's container may"
    " take 3,072 MiB. Of more than 20,000 symbols the gateway has live prices of 20,000. Where it"
    " falls behind it skips to the newest events, and the page says so."
)


def versions(run: Run) -> str:
    """Compare two versions of the whole stack that ran in turn, the older one first."""
    in_turn = sorted(run.rows, key=itemgetter("events_per_second"))  # keeps the older one first
    pairs = list(batched(in_turn, 2, strict=True))
    rows = [it for before, after in pairs for it in _compared(before, after)]
    heads = ["events/s", "", "before", "after", "after / before", "aim"]
    before, _ = pairs[0]
    number = min(it["delays"]["window_end_to_file"]["ends"] for it in run.rows)
    return "\n\n".join(
        [
            _VERSIONS.format(before=before["variant"], after=run.about["commit"]),
            table(heads, rows),
            f"Windows that end at the same time count as one: of each figure at least {number}.",
        ]
    )


def _compared(before: Row, after: Row) -> list[list[object]]:
    """Give a line for each figure of two versions at one rate."""
    rows: list[list[object]] = []
    for text, place, aim in _FIGURES:
        old, new = (reduce(getitem, place, it) for it in (before, after))
        judged = f"{aim}: {aimed([new / old <= aim])}" if aim else ""
        figures = (f"{it:.2f}" for it in (old, new, new / old))
        rows.append([f"{before['events_per_second']:,}", text, *figures, judged])
    return rows


def symbols(run: Run) -> str:
    """Say what many symbols take, each with a quote a second, and with how many it ends."""
    heads = [
        *("symbols", "events behind", "batch, s", "end to file, median, s", "p99, s"),
        *("processors: job", "gateway", "producer", "broker", "all services"),
        *("job, MiB by quarters", "largest", "gateway, MiB", "gateway, s behind", "faults"),
    ]
    rows = [
        [
            f"{int(it['symbols']):,}",
            f"{last(it, 'lag events'):,.0f}",
            f"{last(it, 'batch ms') / 1000:.2f}",
            *(f"{it['delays'][name]:.2f}" for name in ("median_s", "p99_s")),
            *(
                f"{last(it, f'{service} CPU %') / 100:.2f}"
                for service in ("spark-job", "gateway", "producer", "kafka")
            ),
            f"{_all_processors(it):.2f}",
            ", ".join(f"{mib:,.0f}" for mib in it["figures"]["spark-job MiB"][:4]),
            f"{it['figures']['spark-job MiB'][4]:,.0f}",
            f"{last(it, 'gateway MiB'):,.0f}",
            f"{last(it, 'gateway lag s'):.1f}",
            "; ".join(it["faults"]) or "none",
        ]
        for it in run.rows
    ]
    most = run.rows[-1]
    told = (
        f"The most that were tried are {int(most['symbols']):,}: all services together then took"
        f" {_all_processors(most):.2f} of the machine's {run.about['processors']} processors."
    )
    return f"{_SYMBOLS.format(minutes=most['minutes'])}\n\n{table(heads, rows)}\n\n{told}"


def _all_processors(it: Row) -> float:
    """Add up what all services took of the processors."""
    return sum(last(it, name) for name in it["figures"] if name.endswith(" CPU %")) / 100


def last(it: Row, name: str) -> float:
    """Give the median of a figure in the last quarter of the time."""
    return float(it["figures"][name][3])
