"""The other sections of the page, each from the rows of a benchmark."""

from collections import defaultdict

from plots import bars, curve
from results import Row, Run, aimed, ends, table

_JOB = (
    "The job used {processors:.2f} of a processor at {batches_a_minute:.1f} batches a minute;"
    " after a kill its next file came {from_kill_to_file_s:.1f} s later."
)
_SYMBOLS = 5  # of the synthetic feed, unless others are set
_ENOUGH_FOR_P99 = 100
_AIM_GATEWAY = 0.5  # processors
_AIM_LAG_S = 1.0
_AIM_P99_S = 1.0  # from the broker's timestamp of a trade to its card, with ten pages open
_SHORTLY = {
    "window_end_to_file": "end to file",
    "window_end_to_page": "end to page",
    "broker_to_pixels": "trade to its card",
    "broker_to_open_window": "trade to the open window",
}
_COSTS = ("processors", "batches_a_minute")


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
        + "\n\n`send` is aiokafka's, with futures, for the same events; replays are compared with"
        " its replay of CSV."
    )


def delay(run: Run) -> str:
    """Say how long windows and trades take."""
    names = {
        "window_end_to_file": "from a window's end to its file",
        "window_end_to_page": "from a window's end to the page",
        "broker_to_pixels": "from the broker's timestamp of a trade to its card, ten pages open",
        "broker_to_open_window": "from the same to the open window that includes it",
    }
    late = {
        f"{it['events_per_second']:,} events/s: {text}": it["delays"][name]["median_s"]
        for it in run.rows
        for name, text in _SHORTLY.items()
        if "median_s" in it["delays"].get(name, {})
    }
    parts = [bars("Median of the delays", "s", late)]
    for it in run.rows:
        delays = [
            [text, *_delays(it, name)] for name, text in names.items() if it["delays"].get(name)
        ]
        parts += [
            f"{it['events_per_second']:,} events/s, seconds:",
            table(["", "median", "p99", "largest", "number"], delays),
            _JOB.format(**it),
        ]
    return "\n\n".join([*parts, _ONE_PER_END, _aim(run)])


_ONE_PER_END = (
    "Windows that end at the same time are equally late and count as one. A 99th percentile is"
    f" given only of {_ENOUGH_FOR_P99} delays and more."
)


def _number(name: str, found: Row) -> tuple[int, str]:
    if name.startswith("window_end"):
        return ends(found, _SYMBOLS), "ends of windows"
    return found["n"], "trades shown"


def _delays(it: Row, name: str) -> list[str]:
    """Give median, 99th percentile, largest and number of what."""
    found = it["delays"][name]
    number, what = _number(name, found)
    shown = ("median_s", "p99_s", "max_s") if number >= _ENOUGH_FOR_P99 else ("median_s", "max_s")
    figures = {figure: f"{found[figure]:.2f}" for figure in shown if figure in found}
    cells = (figures.get(figure, "") for figure in ("median_s", "p99_s", "max_s"))
    return [*cells, f"{number:,} {what}"]


def _aim(run: Run) -> str:
    found = [
        f"{p99_s:.2f} s at {it['events_per_second']:,} events/s ({aimed([p99_s <= _AIM_P99_S])})"
        for it in run.rows
        if (p99_s := it["delays"].get("broker_to_pixels", {}).get("p99_s"))
    ]
    return (
        f"The aim is a 99th percentile of at most {_AIM_P99_S:g} s from the broker's timestamp of a"
        f" trade to its card, with ten pages open. It was {', '.join(found)}."
    )


def overlays(run: Run) -> str:
    """Say what the containers of a stack with overlays take."""
    taken = [it for it in run.rows if "service" in it]
    (published,) = [it for it in run.rows if "published_per_second" in it]
    heads = ["", "processors", "MiB"]
    rows = [[it["service"], f"{it['processors']:.2f}", f"{it['memory_mib']:,}"] for it in taken]
    return (
        f"Three brokers, a Spark cluster and an object store at"
        f" {published['published_per_second']:,.0f} events/s; one of the two workers is"
        " shown.\n\n"
        f"{table(heads, rows)}"
    )


def settings(run: Run) -> str:
    """Compare settings with the first of them, which is the default."""
    default = run.rows[0]

    def cells(it: Row) -> list[object]:
        file_median, _, file_largest, _ = _delays(it, "window_end_to_file")
        trade_median, trade_p99, *_ = _delays(it, "broker_to_pixels")
        return [
            f"`{it['variant']}`",
            *(file_median, file_largest, trade_median, trade_p99),
            *(f"{it[name]:.2f} ({it[name] / default[name]:.2f})" for name in _COSTS),
            f"{it['from_kill_to_file_s']:.1f}",
        ]

    heads = [
        *("", "end of a window to its file, s: median", "largest"),
        *("a trade to its card, ten pages open, s: median", "p99"),
        *("processors (times the first)", "batches a minute (times the first)"),
        "from a kill to the next file, s",
    ]
    reached = [it["delays"]["broker_to_pixels"]["p99_s"] <= _AIM_P99_S for it in run.rows]
    others = [it for it in run.rows[1:] if it["variant"].startswith("KAFKA_PARTITIONS=")]
    of_processors = [it["processors"] <= 1.3 * default["processors"] for it in others]
    of_batches = [it["batches_a_minute"] <= 2 * default["batches_a_minute"] for it in others]
    ends_of = [ends(it["delays"]["window_end_to_file"], _SYMBOLS) for it in run.rows]
    return (
        f"{table(heads, map(cells, run.rows))}\n\nAt {default['events_per_second']:,} events/s;"
        f" at least {min(ends_of)} ends of windows each; processors of the job alone. The"
        f" aims: at most {_AIM_P99_S:g} s for the 99th percentile to the card ({aimed(reached)});"
        f" with more partitions, at most 1.3 times the processors ({aimed(of_processors)}) and"
        f" twice the batches ({aimed(of_batches)})."
    )


def gateway(run: Run) -> str:
    """Say what the gateway takes, and how fast readers have it."""
    seen = {it["readers"]: it for it in run.rows if "median_s" in it}
    rows, busy, kept_up = [], {}, []
    for it in run.rows:
        if "status" not in it:
            continue
        details = it["status"]["details"]
        readers, rules = f"{it['readers']:,}", details["rules"]
        reader = {} if rules else seen.get(it["readers"], {})
        messages = f"{reader['messages_per_second']:,}" if reader else ""
        delays = (reader.get(name, "") for name in ("median_s", "p99_s"))
        lag_s = details["topics"]["raw_api_events"]["lag_s"]
        rows.append([readers, rules, it["processors"], it["memory_mib"], lag_s, messages, *delays])
        busy[f"{readers} readers, {rules} rules"] = it["processors"]
        kept_up.append(it["processors"] <= _AIM_GATEWAY and lag_s <= _AIM_LAG_S)
    heads = ["readers", "rules", "processors", "MiB", "lag, s"]
    heads += ["messages/s", "quote to reader, s", "p99, s"]
    plot = bars("Processors in use by the gateway", "processors", busy)
    stuck = sum(it.get("stuck", 0) for it in run.rows)
    return (
        f"{plot}\n\n{table(heads, rows)}\n\nAt 20,000 events/s of 100 symbols, without the job;"
        f" {stuck} of the readers never read. The lag is that of the last look. The aim is at most"
        f" half a processor and a lag of at most a second: {aimed(kept_up)}."
    )


def dashboard(run: Run) -> str:
    """Say how fast the page is, for each of the data that it was measured on."""
    by_data: dict[str, list[Row]] = defaultdict(list)
    data = ""
    for it in run.rows:
        if "data" in it:
            data = it["data"]
        else:
            by_data[data].append(it)
    opened_s = {
        f"{data.replace('--', '')}: {it['navigation_s']}": it["median"]
        for data, rows in by_data.items()
        for it in rows
        if "navigation_s" in it
    }
    plot = bars("From navigation to a drawn chart, by data and what is shown", "s", opened_s)
    tables = (f"Data: `{data}`.\n\n{_pages(rows)}" for data, rows in by_data.items())
    return "\n\n".join([plot, *tables])


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
                f"{run_ms['median']:.0f} ({run_ms['max']:.0f}, {run_ms['n']})",
                f"{it['kib_a_refresh']:.0f}",
                it["rss_mib"],
            ]
        )
    heads = [
        *("pages", "shown", "navigation to a drawn chart: median (largest), s"),
        *("fragment in the server: median (largest, number), ms", "KiB a refresh", "server, MiB"),
    ]
    return table(heads, cells)


def check(run: Run) -> str:
    """Say what the job's check costs."""
    (it,) = run.rows
    return (
        f"{it['ascii_ns']:,} ns of processor time per record if all symbols are ASCII,"
        f" {it['tenth_not_ns']:,} ns if a tenth is not: the ratio is {it['ratio']};"
        f" up to {it['most_ratio']} is allowed."
    )


def ninety_days(run: Run) -> str:
    """Say what grows over ninety days."""
    *tenths, end = run.rows
    heads = ["days", "write, ms", "pass, ms", "files", "folders", "MiB"]
    passes_ms = {str(it["days"]): it["pass_ms"] for it in tenths}
    return (
        curve("Duration of a maintenance pass, by days of data", "ms", passes_ms)
        + "\n\n"
        + table(heads, [it.values() for it in tenths])
        + f"\n\n{end['batches']:,} batches, retention of thirty days. "
        + ("; ".join(end["faults"]) or "After the first thirty days nothing grows")
        + ". Once a minute, a pass of the job merges files and removes old ones."
    )


def days_of_a_table(run: Run) -> str:
    """Say what grows over thirty days of a Delta table."""
    *tenths, end = run.rows
    heads = [
        *("days", "write, ms", "pass, ms", "follow, ms", "open, ms"),
        *("files of the log", "files", "MiB"),
    ]
    return (
        table(heads, [it.values() for it in tenths])
        + f"\n\n{end['batches']:,} batches, retention of ten days. "
        + ("; ".join(end["faults"]) or "After the first ten days nothing grows")
        + ". `follow` is a reader that reads each new batch, as a page does; `open` one that opens"
        " the table."
    )


def day_of_a_log(run: Run) -> str:
    """Say what a log of a day costs, before and after the job has started on it."""
    found, start, after = run.rows
    heads = ["", "write, ms", "follow, ms", "open, ms", "files of the log"]
    names = ("write_ms", "follow_ms", "open_ms")
    rows = [
        [text, *(f"{it[name]:.1f}" for name in names), f"{it['log_files']:,}"]
        for text, it in (("before", found), ("after", after))
    ]
    return (
        f"{table(heads, rows)}\n\nA log of {found['versions']:,} versions, before and after the"
        f" job has started on it; that start takes {start['start_ms']:,.0f} ms, its first"
        f" maintenance pass {start['first_pass_ms']:,.0f} ms."
    )
