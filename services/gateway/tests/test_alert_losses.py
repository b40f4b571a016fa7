"""What is given up is told to the others: how many and why, at most once an hour an address."""

from make import BEGIN, micros

from gateway.alerts.delivery.losses import Losses
from gateway.alerts.delivery.queue import Address
from gateway.alerts.evaluation.limit import HOUR_US
from gateway.alerts.making import make, notice
from gateway.alerts.moment import Loss, Queued

NOW_US = micros(BEGIN)


async def refuse(_: object) -> bool:
    return False


ADDRESSES = [Address("a", "1 (JSON)", refuse), Address("b", "2 (Slack)", refuse)]


def alerts(number: int) -> list[Queued]:
    alert = make("r", "price", "r: it triggered", at="2026-01-02T15:00:00.000000Z", origin="1")
    return [Queued(it, NOW_US, alert) for it in range(number)]


def told(losses: Losses, now_us: int) -> list[tuple[str, str | None]]:
    return [(it.alert.text, it.not_for) for it in losses.tell(ADDRESSES, now_us)]


def test_alerts_that_expired_are_told_to_all_but_their_address() -> None:
    losses = Losses({})
    losses.add("b", alerts(3), [])
    assert told(losses, NOW_US) == [
        ("alerts: given up for address 2 (Slack): 3 alerts not taken within 1 day", "b")
    ]


def test_alerts_of_which_too_many_waited_are_told_as_such() -> None:
    losses = Losses({})
    losses.add("a", [], alerts(1200))
    assert told(losses, NOW_US) == [
        (
            (
                "alerts: given up for address 1 (JSON):"
                " 1,200 alerts, the oldest where more than 10,000 waited"
            ),
            "a",
        )
    ]


def test_what_is_given_up_within_an_hour_is_told_once_with_its_sum() -> None:
    losses = Losses({})
    losses.add("a", alerts(1), [])
    assert len(told(losses, NOW_US)) == 1
    for minute in range(1, 60):
        losses.add("a", alerts(1), alerts(2))
        assert told(losses, NOW_US + minute * 60_000_000) == []
    assert told(losses, NOW_US + HOUR_US) == [
        (
            (
                "alerts: given up for address 1 (JSON): 59 alerts not taken within 1 day;"
                " 118 alerts, the oldest where more than 10,000 waited"
            ),
            "a",
        )
    ]
    assert told(losses, NOW_US + 3 * HOUR_US) == []


def test_each_address_has_an_hour_of_its_own() -> None:
    losses = Losses({})
    losses.add("a", alerts(1), [])
    assert [address for _, address in told(losses, NOW_US)] == ["a"]
    losses.add("b", alerts(1), [])
    assert [address for _, address in told(losses, NOW_US + 1)] == ["b"]


def test_a_notice_that_is_given_up_makes_no_other() -> None:
    losses = Losses({})
    lost = [Queued(1, NOW_US, notice("given up", BEGIN, "1"))]
    losses.add("a", lost, lost)
    assert told(losses, NOW_US) == []


def test_what_is_to_be_kept_are_those_that_were_told_once_each() -> None:
    losses = Losses({"b": Loss(told_us=NOW_US)})
    losses.add("a", alerts(1), [])  # which who adds it keeps
    assert losses.take_told() == {}
    losses.tell(ADDRESSES, NOW_US)
    assert losses.take_told() == {"a": Loss(told_us=NOW_US)}
    assert losses.take_told() == {}


def test_a_restart_goes_on_with_the_sum_and_the_hour() -> None:
    losses = Losses({"a": Loss(expired=4, told_us=NOW_US)})
    losses.add("a", alerts(1), [])
    assert told(losses, NOW_US + HOUR_US - 1) == []
    assert told(losses, NOW_US + HOUR_US) == [
        ("alerts: given up for address 1 (JSON): 5 alerts not taken within 1 day", "a")
    ]


def test_a_clock_that_was_ahead_when_it_was_told_silences_nothing() -> None:
    losses = Losses({"a": Loss(expired=1, told_us=NOW_US + 30 * 24 * HOUR_US)})
    assert told(losses, NOW_US) == [
        ("alerts: given up for address 1 (JSON): 1 alert not taken within 1 day", "a")
    ]
