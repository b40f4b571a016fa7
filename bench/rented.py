"""The section of the page about what the stack uses, and what a rented machine for it costs."""

from typing import NamedTuple

from plots import bars
from results import Row, Run, table

# Assumed monthly prices of small rented machines in Europe, without tax. Written down from memory
# on 2026-11-27, not looked up: replace them by your own.
PRICED_ON = "2026-11-27"
# The shares that may be used; the rest is for bursts, starts and the operating system.
USED, MEMORY_USED = 0.6, 0.8

_TAKEN = (
    "Processors in use, and memory in MiB without cached files that the kernel could drop, of each"
    " container of the stack with default settings, while no page is open."
)
_RENTED = (
    "The machine to rent is the smallest on which all containers together use at most"
    f" {USED:.0%} of the processors (as above) and {MEMORY_USED:.0%} of the memory with pages open,"
    " of which the dashboard, measured [alone](#the-dashboard), takes up to {page_mib:,} MiB. The"
    " containers' memory limits in `compose.yaml` add up to more: a limit is what a container may"
    " take in a backlog or with many symbols, and is not reserved. **Prices are assumed**, as of"
    f" {PRICED_ON} and without tax, and were not looked up; its processors are assumed to be as"
    " fast as those of this run. Disks, traffic and working time are not included."
)


class Machine(NamedTuple):
    """A machine that can be rented."""

    processors: int
    memory_gib: int
    euros: float


MACHINES = (Machine(2, 4, 4.5), Machine(4, 8, 7.5), Machine(8, 16, 15.0), Machine(16, 32, 30.0))


def machine_for(processors: float, memory_mib: float) -> Machine | None:
    """Give the smallest machine with room for this; None if there is none."""
    fits = (
        it
        for it in MACHINES
        if processors <= USED * it.processors and memory_mib <= MEMORY_USED * it.memory_gib * 1024
    )
    return next(fits, None)


def cost(run: Run, pages: Run) -> str:
    """Say what each container takes, and what a machine for all of them costs.

    What the dashboard takes with open pages is another benchmark's, `pages`.
    """
    of_services = [it for it in run.rows if "service" in it]
    found = {(it["service"], it["events_per_second"]): it for it in of_services}
    rates = list(dict.fromkeys(it["events_per_second"] for it in of_services))
    services = list(dict.fromkeys(it["service"] for it in of_services))
    told = {it["events_per_second"]: it for it in run.rows if "published_per_second" in it}

    def cells(rate: int) -> list[Row]:
        return [found[service, rate] for service in services if (service, rate) in found]

    used = {rate: sum(it["processors"] for it in cells(rate)) for rate in rates}
    memory = {rate: sum(it["memory_mib"] for it in cells(rate)) for rate in rates}
    page_mib = max(it["rss_mib"] for it in pages.rows if "rss_mib" in it)
    with_pages = {
        rate: sum(it["memory_mib"] for it in cells(rate) if it["service"] != "dashboard") + page_mib
        for rate in rates
    }
    each = [
        [service, *(_taken(found.get((service, rate))) for rate in rates)] for service in services
    ]
    together = ["**all**", *(f"**{used[it]:.2f}**; **{memory[it]:,}**" for it in rates)]
    came = [
        [text, *(_told(told, rate, name) for rate in rates)]
        for text, name in (
            ("published events/s", "published_per_second"),
            ("bytes per event on the broker's disk", "kafka_bytes_per_event"),
        )
    ]
    busy = {f"{rate:,} events/s": round(used[rate], 2) for rate in rates}
    parts = [
        _TAKEN,
        bars("Processors in use by the whole stack", "processors", busy),
        table(
            ["", *(f"{rate:,} events/s" for rate in rates)],
            [*each, together, *filter(_says_something, came)],
        ),
        _RENTED.format(page_mib=page_mib),
        table(
            ["events/s", "processors / share", "memory / share, GiB", "machine", "€ a month"],
            [_rented(rate, used[rate], with_pages[rate]) for rate in rates],
        ),
    ]
    return "\n\n".join(parts)


def _says_something(row: list[str]) -> bool:
    return any(row[1:])


def _told(told: dict[int, Row], rate: int, name: str) -> str:
    found = told.get(rate, {}).get(name)
    return "" if found is None else f"{found:,.0f}"


def _taken(row: Row | None) -> str:
    return f"{row['processors']:.2f}; {row['memory_mib']:,}" if row else ""


def _rented(rate: int, processors: float, memory_mib: float) -> list[str]:
    gib = memory_mib / 1024
    machine = machine_for(processors, memory_mib)
    return [
        f"{rate:,}",
        f"{processors:.2f} / {USED} = {processors / USED:.2f}",
        f"{gib:.2f} / {MEMORY_USED} = {gib / MEMORY_USED:.2f}",
        f"{machine.processors} processors, {machine.memory_gib} GiB" if machine else "none",
        f"{machine.euros:.2f}" if machine else "",
    ]
