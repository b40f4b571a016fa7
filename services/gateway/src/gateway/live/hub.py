"""Hands messages to the readers of the stream: the newest of each trade, every final window."""

import asyncio
from itertools import islice

from contracts.alerts import Alert
from gateway.following.listener import FinalWindow
from gateway.live.arrivals import Arrivals
from gateway.live.latest import Latest
from gateway.live.market import Changes
from gateway.live.messages import alert_message, open_message, trade_message, window_message
from gateway.live.recent import Position, Recent, time_of
from gateway.live.sent import NOTHING, Batch, Sent
from gateway.live.subscription import Subscription, Wanted, wanted

MOST_AT_ONCE = 64
"""So many messages are sent before the reader has to have taken them: what is stuck is small."""
_FINAL = frozenset({"window", "alert"})
_MOST_LOOKED_AT = 5000
"""Final windows and alerts, for a reader that wants few: some 5 ms, and nothing else runs."""


class Reader:
    """How far one reader is.

    `round` is the last that it has come to, and `place` the number of the last trade, open window
    or candle that it had of `Latest`. `position` holds the numbers of the final window and of the
    alert that are next in `Recent`; it is None while the last hour is not read that it begins in.
    `had_window_ms` is when the broker received its last window. `lacks_since_ms` is set where it
    came back, or was slow, and windows from then on are gone from `Recent`: they are read from the
    dataset.
    """

    def __init__(self, subscription: Subscription, last_id: str | None) -> None:
        self.subscription = subscription
        self.last_id = last_id
        self.round = 0
        self.place = 0
        self.position: Position | None = None
        self.had_window_ms = 0
        self.lacks_since_ms: int | None = None


class Hub:
    """Where the messages of all kinds meet the readers; `close` ends these.

    `skipped` counts rounds that readers were too slow for, `missed` final windows and alerts that
    were no longer kept when a reader came to them.

    Final windows are given from `begin` on, once those of the last hour are read: before that it is
    not known what a reader lacks, and what is read then is of the past. Alerts wait for that only
    where a reader that comes back lacks windows of before them.
    """

    def __init__(self, recent: Recent | None = None) -> None:
        self.recent = recent or Recent()
        self.arrivals = Arrivals()
        self.readers: set[Reader] = set()
        self.sent = 0
        self.skipped = 0
        self.missed = 0
        self.is_begun = False
        self.is_closed = False
        self._round = 0
        self._damaged_ms = 0
        self._latest = Latest()
        self._wanted = Wanted()
        self._seen = self._latest.place, self.recent.next
        self._news = asyncio.Event()
        self._shared: dict[tuple[Subscription, int, Position | None], Batch] = {}

    def add(self, subscription: Subscription, last_id: str | None) -> Reader:
        """Take in a reader; raises `ValueError` where its last id is none."""
        if last_id is not None:
            time_of(last_id)
        reader = Reader(subscription, last_id)
        if self.is_begun or last_id is None or "window" not in subscription.kinds:
            self._set_start(reader)
        self.readers.add(reader)
        return reader

    def _set_start(self, reader: Reader) -> None:
        if reader.last_id is None:
            self._move(reader, self.recent.next)
            return
        if "window" not in reader.subscription.kinds:
            alert = self.recent.alert_after(reader.last_id)
            self._move(reader, Position(self.recent.next.window, alert))
            return
        position = self.recent.after(reader.last_id)
        self._move(reader, position)
        kept_ms, had_ms = self.recent.first_window_ms(), time_of(reader.last_id)
        has_all = position.window > self.recent.first.window
        is_cut = not has_all and (kept_ms is None or kept_ms >= had_ms)
        if is_cut or had_ms <= self._damaged_ms:
            reader.lacks_since_ms = had_ms

    def _move(self, reader: Reader, position: Position) -> None:
        reader.position = position
        reader.had_window_ms = self.recent.last_window_ms(position) if self.is_begun else 0

    def remove(self, reader: Reader) -> None:
        """Let a reader go."""
        self.readers.discard(reader)

    def id_now(self, kinds: frozenset[str], now_ms: int) -> str | None:
        """Give an id after which comes what is new of some kinds; None where these have no ids.

        It is that of the newest, and where there is none one of now: then some may come twice.
        """
        final = kinds & _FINAL
        if not final:
            return None
        is_in_order = self.is_begun or "window" not in final
        last_id = self.recent.last_id(final) if is_in_order else None
        return last_id or f"{now_ms}-w0-0"

    def close(self) -> None:
        """End all readers."""
        self.is_closed = True
        self._wake()

    def on_window(self, final: FinalWindow) -> None:
        """Keep a final window for whoever wants it."""
        id_ = f"{final.broker_ms}-w{final.partition}-{final.offset}"
        message = window_message(id_, final.window)
        self.recent.add(id_, final.broker_ms, "window", final.window.symbol, message)
        self.arrivals.add(final.broker_ms, final.window)

    def on_alert(self, alert: Alert, at_ms: int) -> None:
        """Keep an alert for whoever wants it."""
        id_ = f"{at_ms}-a-{alert.alert_id}"
        self.recent.add(id_, at_ms, "alert", alert.symbol, alert_message(id_, alert))

    def on_damaged_windows(self) -> None:
        """Note that some windows could not be read: all readers lack those since their last."""
        self._damaged_ms = self.recent.last_window_ms(self.recent.next)
        for reader in self.readers:
            is_wanted = "window" in reader.subscription.kinds and reader.had_window_ms
            if is_wanted and reader.lacks_since_ms is None:
                reader.lacks_since_ms = reader.had_window_ms
        self._wake()

    def put(self, changes: Changes) -> None:
        """Put some of what is newest in its place."""
        self._shared.clear()  # some of it may be wanted or so no longer
        for slot in changes.over:
            self._latest.drop(*slot)
        for trade in changes.trades:
            self._latest.put("trade", trade.symbol, trade.source, trade_message(trade))
        for window in changes.windows:
            self._latest.put(window.kind, window.symbol, window.source, open_message(window))

    def begin(self) -> None:
        """Give final windows from now on."""
        self.recent.put_in_order()  # the alerts of before are there first, the windows after them
        self.is_begun = True
        for reader in self.readers:
            if reader.position is None:
                self._set_start(reader)
            else:
                self._move(reader, reader.position._replace(window=self.recent.next.window))
        self._shared.clear()
        self._wake()

    def wanted(self) -> Wanted:
        """Tell what readers want that is made of trades.

        What was kept of other symbols and kinds goes: it grows old.
        """
        before, self._wanted = self._wanted, wanted(it.subscription for it in self.readers)
        if self._wanted != before:
            self._latest.keep_only(self._wanted.has)
        return self._wanted

    def end_round(self) -> None:
        """Wake the readers if there is something new since the last round."""
        newest = self._latest.place, self.recent.next
        if newest == self._seen:
            return
        for reader in self.readers:
            if 0 < reader.round < self._round:  # it has not come to the last one yet
                self.skipped += 1
        self._round += 1
        self._seen = newest
        self._shared.clear()  # there may be more now, also for who found nothing in this round
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def next(self, reader: Reader) -> Batch:
        """Wait until there is something for a reader, and give it; nothing once it is closed.

        Nothing, too, where it lacks windows: they come before what is given next.
        """
        while not self.is_closed:
            self._note_losses(reader)
            if reader.lacks_since_ms is not None:
                break
            position = reader.position
            found = self._take(reader)
            if found.sent:
                self.sent += len(found.sent)
                return found
            if reader.position == position:
                await self._news.wait()
            else:  # more may be kept for it
                await asyncio.sleep(0)
        return NOTHING

    def _note_losses(self, reader: Reader) -> None:
        position, first = reader.position, self.recent.first
        if position is None:
            return
        windows = max(0, first.window - position.window) if self.is_begun else 0
        alerts = max(0, first.alert - position.alert)
        if not windows and not alerts:
            return
        kinds = reader.subscription.kinds
        self.missed += windows * ("window" in kinds) + alerts * ("alert" in kinds)
        if windows and "window" in kinds and reader.lacks_since_ms is None:
            reader.lacks_since_ms = reader.had_window_ms
        self._move(reader, Position(position.window + windows, position.alert + alerts))

    def _take(self, reader: Reader) -> Batch:
        # Readers that are equally far take the same: it is looked for once.
        key = (reader.subscription, reader.place, reader.position)
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = self._collect(*key)
        reader.round = self._round
        reader.place = found.place
        if found.position is not None:
            self._move(reader, found.position)
        return found

    def _collect(self, subscription: Subscription, place: int, position: Position | None) -> Batch:
        wants = subscription.wants
        final = []
        if position is not None:
            windows, alerts = position
            kinds = subscription.kinds if self.is_begun else subscription.kinds - {"window"}
            kept = self.recent.since(position, kinds)
            for entry in islice(kept, _MOST_LOOKED_AT):
                if entry.kind == "window":
                    windows += 1
                else:
                    alerts += 1
                if wants(entry.kind, entry.symbol):
                    final.append(Sent(entry.id, entry.place.read()))
                    if len(final) == MOST_AT_ONCE:
                        break
            position = Position(windows, alerts)
        newest, to = self._latest.since(place, wants, MOST_AT_ONCE)
        return Batch([*final, *(Sent(None, it) for it in newest)], to, position)
