import io

from make import quote, record
from rich.console import Console

from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from debug_consumer.judge import judge_for
from debug_consumer.live import LiveView, Rate
from debug_consumer.tally import Tally

JUDGE = judge_for("raw_api_events", DEFAULT_MAX_FUTURE_SKEW)


def shown(records, height: int = 24, width: int = 100, note: str = "") -> tuple[str, str]:
    """Give what is drawn while it runs, and all that was written when it is over."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=height)
    console.file.isatty = lambda: True
    tally = Tally()
    with LiveView(console, "raw_api_events", clock=lambda: 0.0) as view:
        for one in records:
            judged = JUDGE(one)
            tally.add(judged)
            view.show(judged)
        if note:
            view.note(note)
        view.refresh(tally)
        running = console.file.getvalue()
    return running, console.file.getvalue()[len(running) :]


def test_the_table_keeps_to_the_height_of_the_terminal() -> None:
    records = [quote(n) if n % 2 else record(b"hello", offset=n) for n in range(100)]
    for height in (10, 24, 50):
        for width in (40, 80, 200):
            running, _ = shown(records, height, width)
            assert running.count("\n") < height


def test_at_the_end_the_last_twenty_stay_even_on_a_small_terminal() -> None:
    _, over = shown([quote(number) for number in range(25)], height=10)
    assert [n for n in range(25) if f"0:{n} " in over] == list(range(5, 25))


def test_each_record_has_its_verdict_and_reasons_are_counted() -> None:
    running, _ = shown([quote(0), record(b"hello", offset=1), record(None, offset=2)])
    assert "valid" in running
    assert "not_json 1" in running
    assert "tombstone 1" in running
    assert "3 records" in running


def test_a_note_is_shown() -> None:
    assert "does not answer" in shown([quote(0)], note="the broker does not answer")[0]


def test_no_escape_of_a_record_reaches_the_terminal() -> None:
    hostile = b'{"schema_version": 1, "kind": "\x1b[2J\x9b1m[bold]"}'
    running, over = shown([record(hostile)])
    assert "\x1b[2J" not in (running + over).replace("\x1b[2K", "")
    assert "\x9b" not in running + over


def test_the_rate_is_of_the_last_seconds() -> None:
    rate = Rate(over_s=10)
    assert rate.per_second == 0
    rate.note(0, 0)
    rate.note(5, 1000)
    assert rate.per_second == 200
    rate.note(14, 1000)
    rate.note(24, 1010)
    assert rate.per_second == 1


def test_the_rate_of_no_time_is_none() -> None:
    rate = Rate(over_s=10)
    rate.note(1, 0)
    rate.note(1, 5)
    assert rate.per_second == 0
