import json

from make import heartbeat, quote, record

from contracts.check import DEFAULT_MAX_FUTURE_SKEW
from debug_consumer.judge import judge_for
from debug_consumer.sequences import Position
from debug_consumer.summary import Ended, Summary, json_summary, text_summary
from debug_consumer.tally import Tally

JUDGE = judge_for("raw_api_events", DEFAULT_MAX_FUTURE_SKEW)


def summary_of(*records, broker_answers=True, ended=Ended.MAX_EVENTS, where=None) -> Summary:
    tally = Tally()
    for one in records:
        tally.add(JUDGE(one))
    return Summary(
        topic="raw_api_events",
        ended=ended,
        elapsed_s=2.06,
        tally=tally,
        runs=tally.sequences.report(where or {0: Position(start=0, behind=False)}),
        exit_code=tally.exit_code(broker_answers=broker_answers),
    )


def test_the_text_says_how_many_of_what() -> None:
    text = text_summary(
        summary_of(quote(0), quote(1, "AAPL"), quote(2), heartbeat(3), record(b"hello", offset=4))
    )
    assert text.splitlines() == [
        "5 records of raw_api_events in 2.1 s (--max-events reached): 4 valid, 1 invalid",
        "  kind     quote 3, heartbeat 1",
        "  symbol   IBM 2, AAPL 1",
        "  source   synthetic 4",
        "  reason   not_json 1",
        "  run      a1: 0 to 3, no gap",
    ]


def test_the_text_names_gaps_and_repeats() -> None:
    text = text_summary(summary_of(*map(quote, [0, 1, 4, 6, 6])))
    assert text.splitlines()[-1] == "  run      a1: 0 to 6, 3 missing (2 to 3, 5), 1 repeated"


def test_the_text_names_the_first_gaps_only() -> None:
    text = text_summary(summary_of(*map(quote, range(0, 100, 2))))
    assert text.splitlines()[-1] == "  run      a1: 0 to 98, 49 missing (1, 3, 5, 7, 9, …)"


def test_the_text_says_what_is_not_decided() -> None:
    behind = {0: Position(0, behind=False), 1: Position(0, behind=True)}
    assert "1 not decided" in text_summary(summary_of(quote(0), quote(2), where=behind))


def test_the_text_says_that_keys_are_odd() -> None:
    assert "1 valid, but with a key" in text_summary(summary_of(quote(0)._replace(key=None)))


def test_the_text_says_that_nothing_arrived_and_why() -> None:
    assert text_summary(summary_of(ended=Ended.TIMEOUT)).splitlines() == [
        "0 records of raw_api_events in 2.1 s (no more within --timeout): 0 valid, 0 invalid",
        "  nothing arrived",
    ]
    assert "does not answer" in text_summary(summary_of(broker_answers=False))


def test_a_long_list_of_symbols_is_cut() -> None:
    text = text_summary(summary_of(*(quote(number, f"S{number}") for number in range(30))))
    assert "S19 1, and 10 more" in text
    assert "S20" not in text


def test_the_runs_with_the_most_losses_come_first() -> None:
    text = text_summary(
        summary_of(
            quote(0, run="good"), quote(1, run="good"), quote(0, run="bad"), quote(9, run="bad")
        )
    )
    assert text.index("bad:") < text.index("good:")


def test_the_json_is_one_object_on_one_line() -> None:
    line = json_summary(summary_of(*map(quote, [0, 1, 4]), record(None, offset=5)))
    assert "\n" not in line
    assert json.loads(line) == {
        "type": "summary",
        "topic": "raw_api_events",
        "ended": "max_events",
        "elapsed_s": 2.06,
        "records": 4,
        "valid": 3,
        "invalid": 1,
        "by_kind": {"quote": 3},
        "by_symbol": {"IBM": 3},
        "by_source": {"synthetic": 3},
        "by_reason": {"tombstone": 1},
        "by_refused": {},
        "damaged": 0,
        "odd_keys": 0,
        "runs": [
            {
                "run": "a1",
                "first": 0,
                "last": 4,
                "records": 3,
                "repeated": 0,
                "missing": 2,
                "missing_spans": [[2, 3]],
                "undecided": 0,
            }
        ],
        "runs_overflowed": False,
        "exit_code": 1,
    }
