"""The live table on a terminal: the last records with their verdicts, the counts, the rate."""

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from debug_consumer.judge import Judged
from debug_consumer.lines import DETAIL_WIDTH, content
from debug_consumer.safe import safe
from debug_consumer.tally import Tally

LAST = 20
FRAME_ROWS = 4
REFRESH_S = 0.25
RATE_OVER_S = 10.0


class LiveView:
    """Draws the table anew four times a second at most; `clock` counts seconds.

    While it runs it keeps to the terminal's height; at the end it leaves the last 20 records there
    in full.
    """

    def __init__(self, console: Console, topic: str, clock: Callable[[], float]) -> None:
        self._console = console
        self._topic = topic
        self._clock = clock
        self._last: deque[Judged] = deque(maxlen=LAST)
        self._tally = Tally()
        self._rate = Rate(RATE_OVER_S)
        self._note = ""
        self._drawn_at = float("-inf")
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="visible")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.update(self._frame(LAST), refresh=True)
        self._live.stop()

    def show(self, judged: Judged) -> None:
        """Keep a record for the next drawing."""
        self._last.append(judged)

    def refresh(self, tally: Tally) -> None:
        """Draw the table, if it is time."""
        self._tally = tally
        now = self._clock()
        self._rate.note(now, tally.records)
        if now - self._drawn_at < REFRESH_S:
            return
        self._drawn_at = now
        self._live.update(self._frame(self._room()), refresh=True)

    def note(self, text: str) -> None:
        """Show a note below the table until another comes."""
        self._note = text

    def _room(self) -> int:
        """Tell how many records fit beside title, header, counts and note."""
        counts_rows = len(self._console.render_lines(self._counts(), pad=False))
        return max(1, min(LAST, self._console.height - FRAME_ROWS - counts_rows))

    def _frame(self, rows: int) -> Group:
        table = record_table(self._topic, list(self._last)[-rows:])
        return Group(table, self._counts(), Text(self._note, "yellow"))

    def _counts(self) -> Text:
        tally = self._tally
        text = Text.assemble(
            f"{tally.records} records, {self._rate.per_second:.1f} a second: ",
            (f"{tally.valid} valid", "green"),
            ", ",
            (f"{tally.invalid} invalid", "red" if tally.invalid else ""),
        )
        for reason, count in tally.reasons.most_common():
            text.append(f"  {reason} {count}", "red")
        return text


class Rate:
    """Records a second over the last `over_s` seconds."""

    def __init__(self, over_s: float) -> None:
        self._over_s = over_s
        self._samples: deque[tuple[float, int]] = deque()

    def note(self, now: float, records: int) -> None:
        """Take down how many records there have been by now."""
        self._samples.append((now, records))
        while now - self._samples[0][0] > self._over_s:
            self._samples.popleft()

    @property
    def per_second(self) -> float:
        """The rate; 0 where there is nothing to compare."""
        if len(self._samples) < 2:  # noqa: PLR2004
            return 0.0
        (begin, before), (end, after) = self._samples[0], self._samples[-1]
        return (after - before) / (end - begin) if end > begin else 0.0


def record_table(topic: str, records: list[Judged]) -> Table:
    """Draw records as a table: where each is, its verdict, what it holds or what is wrong."""
    table = Table(title=topic, title_justify="left", expand=True, box=None, padding=(0, 2, 0, 0))
    table.add_column("record", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("content", no_wrap=True, overflow="ellipsis", ratio=1)
    for judged in records:
        valid = judged.reason is None
        table.add_row(
            f"{judged.record.partition}:{judged.record.offset}",
            Text("valid" if valid else str(judged.reason), "green" if valid else "bold red"),
            Text(f"{judged.kind:<9}  {content(judged)}")
            if valid
            else Text(safe(judged.detail, DETAIL_WIDTH)),
        )
    return table
