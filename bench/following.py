"""The section of the page about how soon a window can be read, from the job and from others."""

from plots import bars
from results import Row, Run, ends, table

WHAT: dict[str, tuple[str, str]] = {
    "job": ("the job, at its defaults", "its Parquet file has its name"),
    "flink": ("Flink SQL, a checkpoint every second", "its record is committed"),
    "kafka-streams": ("Kafka Streams, a commit every second", "its record is committed"),
    "kafka-streams-100ms": ("Kafka Streams, ten commits a second", "its record is committed"),
    "jet": ("Hazelcast Jet, a snapshot every second", "its file of JSON lines has its name"),
}
_README = "../bench/drain/README.md#how-soon-a-window-can-be-read"
_SYMBOLS = 100
_DELAY = ("median_s", "max_s")


def follow(run: Run) -> str:
    """Compare how long after a window's end each system's result can be read."""
    found = {it["system"]: it["found"] for it in run.rows if it["found"]}
    medians = {key: it["delays"]["median_s"] for key, it in found.items() if not it["differences"]}
    heads = [
        *("", "a window can be read when", "from its end, s: median", "largest"),
        *("ends of windows", "processors", "MiB", "windows"),
    ]
    return (
        bars("Median from a window's end until it can be read, if all are right", "s", medians)
        + "\n\n"
        + table(heads, map(_cells, run.rows))
        + f"\n\nEach reads 1,000 events/s from the producer, {_SYMBOLS} symbols in four partitions,"
        " and is configured to write each window exactly once, also after a kill. Processors and"
        f" memory are those of its container alone. [What determines the delay of each]({_README})."
    )


def _cells(it: Row) -> list[object]:
    what, readable = WHAT[it["system"]]
    start = [f"`{it['system']}`: {what}", readable]
    used = [f"{it['processors']:.2f}", f"{it['memory_mib']:,}"]
    if not it["found"]:
        return [*start, "", "", "", *used, "none"]
    delays = it["found"]["delays"]
    figures = [*(f"{delays[name]:.2f}" for name in _DELAY), ends(delays, _SYMBOLS)]
    wrong = "; ".join(it["found"]["differences"]) or "all right"
    return [*start, *figures, *used, f"{it['found']['windows']:,}, {wrong}"]
