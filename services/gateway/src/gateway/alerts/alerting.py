"""Listens to the topics, asks the rules, keeps what comes of it, and has it delivered."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import structlog

from contracts.alerts import Alert
from contracts.clock import Clock
from contracts.kafka_damage import Damaged
from contracts.times import to_us
from gateway.alerts import wording
from gateway.alerts.delivery.losses import Losses
from gateway.alerts.delivery.queue import Address, Keeping, Queue
from gateway.alerts.evaluation.engine import Engine
from gateway.alerts.evaluation.statuses import NOTHING_KNOWN, read_statuses
from gateway.alerts.making import OWN_RULE, notice
from gateway.alerts.moment import Moment, NewAlert, Queued, moment_of
from gateway.alerts.progress import Progress
from gateway.alerts.recent import RecentAlerts
from gateway.alerts.rules.book import RuleBook
from gateway.alerts.rules.kinds import Rule
from gateway.alerts.store import open_store
from gateway.following.lag import Waiting
from gateway.following.listener import FinalWindow, ReadTo, Start, Topic, Trade

_KEEP_EVERY_S = 5.0
_LOOK_EVERY_S = 1.0
_PRUNE_EVERY_S = 3600.0

_log = structlog.get_logger()


class Places(NamedTuple):
    """The rules' file, where the state is kept, and where the services' status files are."""

    rules: Path
    state: Path
    status: Path


class Alerting:
    """One run of the alerts; a listener of both topics.

    `all_read` tells whether all trades that the broker has are read, `waiting` what the gateway
    waits for, if for anything. An alert is told to people,
    and shown in `recent`, only once it is kept on the disk; `disk_error` says why that fails.
    """

    def __init__(
        self,
        places: Places,
        addresses: Sequence[Address],
        clock: Clock,
        *,
        all_read: Callable[[], bool],
        waiting: Callable[[], Waiting | None],
    ) -> None:
        self._clock = clock
        self._all_read = all_read
        self._waiting = waiting
        self._status_folder = places.status
        self._store, kept = open_store(places.state / "alerts.sqlite", clock.now())
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="alerts-disk")
        self._state = kept.state
        self.progress = Progress(kept.positions)
        self.recent = RecentAlerts(kept.alerts)
        self.book = RuleBook(places.rules, places.state / "rules.toml")
        self.book.look()
        self._engine = Engine(self.book.rules, self._state)
        self._new: list[NewAlert] = []
        self._news = asyncio.Event()
        self._unkept: Moment | None = None
        self.disk_error: str | None = None
        keeping = Keeping(self._delivered, self._given_up)
        self.queues = [
            Queue(address, self._store.waiting(address.id), keeping, clock) for address in addresses
        ]
        self._drop_for_others(addresses)
        self._losses = Losses(kept.losses)

    def _drop_for_others(self, addresses: Sequence[Address]) -> None:
        try:
            lost = self._store.keep_only(it.id for it in addresses)
        except sqlite3.Error as error:  # then they go at another start
            self._say_disk(str(error))
            return
        if lost:
            _log.warning(
                "dropped alerts that were waiting for addresses that are no longer configured",
                alerts=lost,
            )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are asked."""
        return self._engine.rules

    # --- as a listener ----------------------------------------------------------------------------

    def start(self, topic: Topic, topic_id: str) -> Start:
        """Go on where the last run was."""
        return self.progress.start(topic, topic_id)

    def on_start(self, topic: Topic, topic_id: str, offsets: Mapping[int, int]) -> None:
        """Hear from where it goes on; tell what was skipped, and where that is another topic."""
        for what in self.progress.begin(topic, topic_id, offsets):
            self.tell_once(what)
        self._news.set()  # kept at once: a process that is killed at its first start goes on here

    def on_damage(self, topic: Topic, damaged: Damaged) -> None:
        """Tell which records the rules could not look at; what they had looked at before is old."""
        if not self.progress.has_passed(topic, damaged):
            self.tell_once(f"of {topic}, {damaged}")

    def tell_once(self, what: str) -> None:
        """Tell what the rules missed, once: it is kept with the offsets that it follows from."""
        if not self.rules:
            return
        now, text = self._clock.now(), wording.sentence(OWN_RULE, what)
        self._add([notice(text, now, f"start {to_us(now)} {what}")])

    def on_trades(self, trades: list[Trade], read_to: Mapping[int, ReadTo]) -> None:
        """Take in trades."""
        self._add(self._engine.on_trades(trades))
        self.progress.move("trades", read_to)

    def on_windows(self, windows: list[FinalWindow], read_to: Mapping[int, ReadTo]) -> None:
        """Take in final windows."""
        self._add(self._engine.on_windows(windows))
        self.progress.move("windows", read_to)

    def on_lost_windows(self, windows: Iterable[FinalWindow]) -> None:
        """Take in windows of a topic that is gone."""
        self._add(self._engine.on_windows(windows))

    def _add(self, alerts: Iterable[Alert]) -> None:
        self._add_new([NewAlert(it) for it in alerts])

    def _add_new(self, alerts: Sequence[NewAlert]) -> None:
        if alerts:
            self._new += alerts
            self._news.set()

    # --- beside the reading -----------------------------------------------------------------------

    async def run(self) -> None:
        """Keep, look and deliver until it is cancelled; then keep what is new."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look_regularly())
                tasks.create_task(self._keep_regularly())
                tasks.create_task(self._prune_regularly())
                for queue in self.queues:
                    tasks.create_task(queue.run())
        finally:
            self._disk.shutdown()
            self._keep_at_the_end()

    async def _look_regularly(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            if await asyncio.to_thread(self.book.look):
                self._renew_engine()
            statuses = NOTHING_KNOWN  # with many symbols it takes a while to read them
            if self.rules:
                statuses = await asyncio.to_thread(read_statuses, self._status_folder)
            for alerts in self._engine.tick(
                self._now_us(), statuses, all_read=self._all_read(), waiting=self._waiting()
            ):
                self._add(alerts)
                await asyncio.sleep(0)
            self._add_new(self._losses.tell((it.address for it in self.queues), self._now_us()))

    async def _keep_regularly(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_KEEP_EVERY_S):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
            if not await self._keep():
                await self._clock.sleep(_KEEP_EVERY_S)
                self._news.set()

    async def _prune_regularly(self) -> None:
        while True:
            try:
                await self._on_disk(self._store.prune)
            except sqlite3.Error as error:
                self._say_disk(str(error))
            await self._clock.sleep(_PRUNE_EVERY_S)
            self._renew_engine()
            for _ in self._state.forget_silent(self._now_us()):
                await asyncio.sleep(0)

    def _renew_engine(self) -> None:
        self._engine.settle()
        self._engine = Engine(self.book.rules, self._state)

    async def _keep(self) -> bool:
        """Bring on to the disk what is new, and hand alerts on; tell whether the disk took it."""
        moment = self._unkept = self._unkept or self._moment()
        await asyncio.sleep(0)  # some of it is encoded
        while self._state.encode_some():  # noqa: ASYNC110 - it works, and waits for nothing
            await asyncio.sleep(0)
        addresses = [it.address.id for it in self.queues]
        try:
            kept = await self._on_disk(self._store.commit, moment, addresses, self._now_us())
        except sqlite3.Error as error:
            self._say_disk(str(error))
            return False
        self._unkept = None
        self._say_disk(None)
        self._hand_on(kept)
        return True

    def _keep_at_the_end(self) -> None:
        addresses = [it.address.id for it in self.queues]
        try:
            for moment in (self._unkept, self._moment()):
                while self._state.encode_some():
                    pass
                if moment is not None:
                    self._store.commit(moment, addresses, self._now_us())
        except sqlite3.Error as error:
            self._say_disk(str(error))
        self._store.close()

    def _moment(self) -> Moment:
        self._engine.settle()
        new, self._new = self._new, []
        return moment_of(self._state, self.progress.positions, self._losses.take_told(), new)

    def _hand_on(self, kept: Sequence[Queued]) -> None:
        for queued in kept:
            _log.info("alert", rule=queued.alert.rule, text=queued.alert.text)
            for queue in self.queues:
                if queue.address.id != queued.not_for:
                    queue.put(queued)
            self.recent.add(queued)

    async def _delivered(self, address: str, numbers: list[int]) -> None:
        try:
            await self._on_disk(self._store.delivered, address, numbers)
        except sqlite3.Error as error:  # then it goes out once more after a restart
            self._say_disk(str(error))

    async def _given_up(
        self, address: Address, expired: list[Queued], too_many: list[Queued]
    ) -> None:
        _log.error(
            "alerts were given up",
            address=address.label,
            expired=len(expired),
            too_many=len(too_many),
        )
        loss = self._losses.add(address.id, expired, too_many)
        numbers = [it.number for it in (*expired, *too_many)]
        try:
            await self._on_disk(self._store.given_up, address.id, numbers, loss)
        except sqlite3.Error as error:  # then they are given up once more after a restart
            self._say_disk(str(error))

    async def _on_disk[*A, R](self, work: Callable[[*A], R], *args: *A) -> R:
        """Work in the one thread that writes, beside everything else."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *args)

    def _say_disk(self, error: str | None) -> None:
        if error != self.disk_error:
            if error:
                _log.error("alerts cannot be stored, and wait", why=error)
            else:
                _log.info("alerts are stored again")
        self.disk_error = error

    def _now_us(self) -> int:
        return to_us(self._clock.now())
