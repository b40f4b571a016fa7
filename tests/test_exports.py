"""Exports of well-known tools are replayed unchanged, through the whole stack."""

from collections.abc import Callable, Iterator

import pytest
from events import read_event
from exports import EXPORTS, Export
from stack import Stack
from waiting import wait_for

pytestmark = pytest.mark.long  # a start of the producer for each; its own tests read the same forms


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Iterator[Stack]:
    stack = new_stack(
        "exports",
        FEED="replay",
        REPLAY_SPEED="0",
        REPLAY_TIMES="original",
        WINDOW_LENGTH="2 hours",
        WINDOW_SLIDE="1 hour",
    )
    for export in EXPORTS:
        (stack.folder / "volumes" / "replay" / export.file).write_bytes(export.content)
    play(stack, EXPORTS[0])
    yield stack
    stack.close()


def play(stack: Stack, export: Export) -> None:
    """Replay an export to its end."""
    before = stack.status("producer").get("details", {}).get("run_id")
    blank = {"SYMBOLS": "", "REPLAY_COLUMNS": ""}
    stack.set(REPLAY_FILE=export.file, **blank | export.settings)
    stack.up()

    def finished() -> bool:
        status = stack.status("producer")
        return status.get("state") == "finished" and status["details"]["run_id"] != before

    wait_for(f"the end of {export.tool}", finished, 60)


def quotes(stack: Stack) -> list[tuple[str, int, float, float | None]]:
    """Give the quotes in the topic, in its order."""
    events = [read_event(record) for record in stack.records()]
    return [
        (event.symbol, event.time_us, event.price, event.volume)
        for event in events
        if event and event.symbol
    ]


def test_every_export_gives_its_quotes_and_their_windows(stack: Stack) -> None:
    for export in EXPORTS[1:]:
        play(stack, export)
        status = stack.status("producer")["details"]
        assert status["published"] == len(export.prices), (export.tool, status["outcomes"])
    expected = [
        (it.symbol, it.time_us, it.price, it.volume) for export in EXPORTS for it in export.prices
    ]
    assert quotes(stack) == expected
    calculation = stack.check_windows()
    # Of each quote but those of the last two days, two windows are final.
    assert sum(len(events) for events in calculation.rows.values()) >= 2 * (len(expected) - 2)
    assert not any(line for line in stack.logs("producer").splitlines() if "left out" in line)
