"""What is kept of the alerts on the volume: rules' state, offsets, alerts, and who waits for them.

One SQLite file, of one process. A commit holds all of a moment or nothing: the offset up to which
records are looked at is kept together with the alerts that they gave, so that a process that is
killed goes on with neither too few nor too many.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from contracts.alerts import encode, read_alert
from contracts.files import set_aside_name
from contracts.settings import SettingError
from gateway.alerts.evaluation.limit import Limit
from gateway.alerts.evaluation.state import Key, State, unpack_watched
from gateway.alerts.moment import Loss, Moment, NewAlert, Positions, Queued, Reached

KEPT_ALERTS = 10_000
"""The newest alerts stay, to be shown; older ones go once nobody waits for them."""

_BEGINNING = """
create table watched (
  mark text, name text, source text, state blob, primary key (mark, name, source)
);
create table limits (mark text primary key, state blob);
create table positions (
  topic text, partition integer, next integer, primary key (topic, partition)
);
create table alerts (
  number integer primary key, alert_id text unique, queued_us integer, body blob
);
create table waiting (address text, number integer, primary key (address, number));
"""
_WITH_LOSSES = """
create table losses (
  address text primary key, expired integer, too_many integer, told_us integer
);
"""
_WITH_TOPIC_IDS = """
alter table positions add column topic_id text;
"""
_WITH_TIMES = """
create table times (what text primary key, us integer);
delete from watched where mark in ('markets', 'late windows');
"""
_LAYOUTS = (_BEGINNING, _WITH_LOSSES, _WITH_TOPIC_IDS, _WITH_TIMES)
"""Each adds to the one before it; the file's `user_version` says how many of them it has."""

_log = structlog.get_logger()


class Kept(NamedTuple):
    """What a start finds: the rules' state, how far they looked, losses by address, and alerts."""

    state: State
    positions: Positions
    losses: dict[str, Loss]
    alerts: list[Queued]


def open_store(path: Path, now: datetime) -> tuple["Store", Kept]:
    """Open the file and read it, make it where it is not there, set aside one that is damaged.

    Raises `contracts.settings.SettingError` where there can be none.
    """
    try:
        store = Store(path)
        return store, store.read()
    except (sqlite3.Error, ValueError) as error:
        if isinstance(error, sqlite3.Error) and not _is_damage(error):
            raise SettingError(f"{path} cannot be used: {error}") from None
        aside = set_aside_name(path, now)
        _log.error(
            "the alert database is damaged: the rules start with an empty state",
            set_aside=str(aside),
            why=str(error),
        )
        path.replace(aside)
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)  # of the other file
        store = Store(path)
        return store, store.read()


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell whether it is the file's content that is wrong, and not the disk or its rights.

    A table, a column or a text that is none comes without a code, or with the general one.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Store:
    """The file; what it does raises `sqlite3.Error` where the disk does not take it."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("pragma synchronous = full")
        (version,) = self._database.execute("pragma user_version").fetchone()
        for number, tables in enumerate(_LAYOUTS[version:], start=version + 1):
            self._database.executescript(f"begin; {tables} pragma user_version = {number}; commit;")

    def read(self) -> Kept:
        """Read all that must be right; raises `sqlite3.Error`, `ValueError`."""
        (found,) = self._database.execute("pragma integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        self.waiting("")  # each address reads its own
        return Kept(self.state(), self.positions(), self.losses(), self.alerts())

    def close(self) -> None:
        """Close it."""
        self._database.close()

    def state(self) -> State:
        """Read the rules' state."""
        watched = self._rows(
            list[tuple[str, str, str, bytes]], "select mark, name, source, state from watched"
        )
        limits = self._rows(list[tuple[str, bytes]], "select mark, state from limits")
        return State(
            {Key(*key): unpack_watched(state) for *key, state in watched},
            {mark: msgspec.msgpack.decode(state, type=Limit) for mark, state in limits},
            dict(self._rows(list[tuple[str, int]], "select what, us from times")),
        )

    def positions(self) -> Positions:
        """Read up to where records are looked at."""
        found: Positions = {}
        for topic, partition, offset, topic_id in self._rows(
            list[tuple[str, int, int, str | None]],
            "select topic, partition, next, topic_id from positions",
        ):
            found.setdefault(topic, Reached(topic_id, {})).offsets[partition] = offset
        return found

    def losses(self) -> dict[str, Loss]:
        """Read what was given up of each address."""
        rows = self._rows(
            list[tuple[str, int, int, int]],
            "select address, expired, too_many, told_us from losses",
        )
        return {it: Loss(*loss) for it, *loss in rows}

    def alerts(self) -> list[Queued]:
        """Read the alerts that are kept, in their order."""
        return self._queued("select number, queued_us, body from alerts order by number")

    def waiting(self, address: str) -> list[Queued]:
        """Read the alerts that wait for an address, in their order."""
        return self._queued(
            "select number, queued_us, body from waiting join alerts using (number)"
            " where address = ? order by number",
            address,
        )

    def commit(self, moment: Moment, addresses: Iterable[str], now_us: int) -> list[Queued]:
        """Keep all of a moment; gives its alerts as they wait, but those that were there before."""
        addresses = tuple(addresses)
        with self._transaction():
            self._keep_state(moment)
            return [
                queued
                for new in moment.alerts
                if (queued := self._queue(new, addresses, now_us)) is not None
            ]

    def delivered(self, address: str, numbers: Iterable[int]) -> None:
        """Take down that alerts wait for an address no longer."""
        with self._transaction():
            self._wait_no_longer(address, numbers)

    def given_up(self, address: str, numbers: Iterable[int], loss: Loss) -> None:
        """Take down that alerts wait no longer, and what an address has lost."""
        with self._transaction():
            self._wait_no_longer(address, numbers)
            self._keep_losses({address: loss})

    def keep_only(self, addresses: Iterable[str]) -> int:
        """Let alerts wait for these addresses only; gives how many no longer wait."""
        addresses = tuple(addresses)
        marks = ", ".join("?" * len(addresses))
        with self._transaction():
            lost = self._database.execute(
                f"delete from waiting where address not in ({marks})",  # noqa: S608 - marks only
                addresses,
            ).rowcount
            self._database.execute(
                f"delete from losses where address not in ({marks})",  # noqa: S608 - marks only
                addresses,
            )
        return lost

    def prune(self) -> None:
        """Drop alerts that are old and for which nobody waits."""
        with self._transaction():
            self._database.execute(
                "delete from alerts where number <= (select max(number) from alerts) - ?"
                " and number not in (select number from waiting)",
                (KEPT_ALERTS,),
            )

    def _queued(self, query: str, *values: str) -> list[Queued]:
        return [
            Queued(number, queued_us, alert)
            for number, queued_us, body in self._rows(list[tuple[int, int, bytes]], query, *values)
            if (alert := read_alert(body)) is not None
        ]

    def _rows[T](self, kind: type[list[T]], query: str, *values: str) -> list[T]:
        """Read rows; raises `msgspec.ValidationError` where one is of another kind: any can be."""
        return msgspec.convert(self._database.execute(query, values).fetchall(), kind)

    def _keep_state(self, moment: Moment) -> None:
        run = self._database.executemany
        gone = [key for key, state in moment.watched.items() if state is None]
        kept = [(*key, state) for key, state in moment.watched.items() if state is not None]
        run("delete from watched where mark = ? and name = ? and source = ?", gone)
        run("insert or replace into watched values (?, ?, ?, ?)", kept)
        no_limits = [(mark,) for mark, state in moment.limits.items() if state is None]
        limits = [(mark, state) for mark, state in moment.limits.items() if state is not None]
        run("delete from limits where mark = ?", no_limits)
        run("insert or replace into limits values (?, ?)", limits)
        run("insert or replace into times values (?, ?)", list(moment.times.items()))
        offsets = [
            (topic, partition, offset, reached.topic_id)
            for topic, reached in moment.positions.items()
            for partition, offset in reached.offsets.items()
        ]
        # A topic that was created again may have fewer partitions.
        run("delete from positions where topic = ?", [(topic,) for topic in moment.positions])
        run("insert into positions values (?, ?, ?, ?)", offsets)
        self._keep_losses(moment.losses)

    def _keep_losses(self, losses: Mapping[str, Loss]) -> None:
        self._database.executemany(
            "insert or replace into losses values (?, ?, ?, ?)",
            [(address, *loss) for address, loss in losses.items()],
        )

    def _wait_no_longer(self, address: str, numbers: Iterable[int]) -> None:
        self._database.executemany(
            "delete from waiting where address = ? and number = ?",
            [(address, number) for number in numbers],
        )

    def _queue(self, new: NewAlert, addresses: Iterable[str], now_us: int) -> Queued | None:
        alert, not_for = new
        added = self._database.execute(
            "insert or ignore into alerts (alert_id, queued_us, body) values (?, ?, ?)",
            (alert.alert_id, now_us, encode(alert)),
        )
        number = added.lastrowid
        if not added.rowcount or number is None:
            return None
        self._database.executemany(
            "insert into waiting values (?, ?)",
            [(address, number) for address in addresses if address != not_for],
        )
        return Queued(number, now_us, alert, not_for)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("begin immediate")
        try:
            yield
            self._database.execute("commit")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("rollback")
            raise
