"""What was given up of each address, and is to be told to the others: at most once an hour."""

from collections.abc import Iterable, Mapping

from contracts.times import from_ms
from gateway.alerts import wording
from gateway.alerts.delivery.queue import GIVEN_UP_AFTER_S, MOST_WAITING, Address
from gateway.alerts.evaluation.limit import HOUR_US
from gateway.alerts.making import OWN_RULE, notice
from gateway.alerts.moment import Loss, NewAlert, Queued
from gateway.clocks import is_within


class Losses:
    """The alerts that were given up and are not told of yet, by the id of their address."""

    def __init__(self, kept: Mapping[str, Loss]) -> None:
        self._of = dict(kept)
        self._told: set[str] = set()

    def add(self, address: str, expired: Iterable[Queued], too_many: Iterable[Queued]) -> Loss:
        """Count what was given up; notices are not counted, or each that is lost made another."""
        loss = self._of.get(address, Loss())
        self._of[address] = loss._replace(
            expired=loss.expired + sum(it.alert.kind != "notice" for it in expired),
            too_many=loss.too_many + sum(it.alert.kind != "notice" for it in too_many),
        )
        return self._of[address]

    def tell(self, addresses: Iterable[Address], now_us: int) -> list[NewAlert]:
        """Give the notices that are due, each for all addresses but the one that it is about."""
        found = []
        for address in addresses:
            loss = self._of.get(address.id, Loss())
            if not (loss.expired or loss.too_many) or is_within(loss.told_us, now_us, HOUR_US):
                continue
            self._of[address.id] = Loss(told_us=now_us)
            self._told.add(address.id)
            text = wording.sentence(OWN_RULE, _what(address.label, loss))
            origin = f"given up {address.id} {now_us}"
            found.append(NewAlert(notice(text, from_ms(now_us // 1000), origin), address.id))
        return found

    def take_told(self) -> dict[str, Loss]:
        """Give those that were told since this was asked last, to be kept."""
        told, self._told = self._told, set()
        return {it: self._of[it] for it in told}


def _what(label: str, loss: Loss) -> str:
    parts = []
    if loss.expired:
        within = wording.length(GIVEN_UP_AFTER_S)
        parts.append(f"{wording.count(loss.expired, 'alert')} not taken within {within}")
    if loss.too_many:
        oldest = wording.count(loss.too_many, "alert")
        parts.append(f"{oldest}, the oldest where more than {MOST_WAITING:,} waited")
    return f"given up for address {label}: {'; '.join(parts)}"
