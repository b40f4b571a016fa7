"""When a batch is due."""

_SHORTEST_S = 0.02
_NO_ANSWER_S = 1.0
_LONGEST_S = 2.0  # as with the default trigger: with a long one, windows do not wait for it


class Schedule:
    """Starts a batch every `trigger_s`, when a window is over, and at once with a backlog.

    A batch that starts early for a window does so at least `trigger_s` after the last such one: if
    windows end more often, batches follow the trigger. `slide_us` is the time between the ends of
    windows; watermarks are in milliseconds since 1970, times in seconds.
    """

    def __init__(self, trigger_s: float, slide_us: int) -> None:
        self._trigger_s = trigger_s
        self._slide_us = slide_us
        self._look_s = self._due_s = self._early_s = float("-inf")
        self._wait_s = trigger_s
        self._seen_ms = 0

    def look_is_due(self, now_s: float) -> bool:
        """Tell whether it is time to look for records."""
        return now_s >= self._look_s

    def batch_is_due(self, now_s: float, read_ms: int, seen_ms: int) -> bool:
        """Tell whether to start a batch that moves the watermark from `read_ms` to `seen_ms`."""
        if now_s >= self._due_s:
            return True
        return now_s >= self._early_s and self.closes(read_ms, seen_ms)

    def closes(self, read_ms: int, seen_ms: int) -> bool:
        """Tell whether a window ends between two watermarks."""
        return seen_ms * 1000 // self._slide_us > read_ms * 1000 // self._slide_us

    def made(self, now_s: float, seen_ms: int, *, behind: bool) -> None:
        """Note that a batch has been planned; `behind` leaves records unread."""
        if now_s < self._due_s:
            self._early_s = now_s + self._trigger_s
        self._due_s = now_s if behind else now_s + self._trigger_s
        self._seen_ms = -1
        self.look_later(now_s, seen_ms)

    def waited(self, now_s: float) -> None:
        """Note that a batch was due and there was nothing to read."""
        self._due_s = now_s + self._trigger_s
        self._look_s = now_s + min(self._trigger_s, _LONGEST_S)

    def ask_again(self, now_s: float) -> None:
        """Note that there was no answer; a batch that is due stays due."""
        self._look_s = now_s + min(self._trigger_s, _NO_ANSWER_S)

    def look_later(self, now_s: float, seen_ms: int) -> None:
        """Look again when the next window may be over, if event time moves like the clock."""
        if seen_ms > self._seen_ms:
            end_ms = (seen_ms * 1000 // self._slide_us + 1) * self._slide_us / 1000
            self._wait_s = max(_SHORTEST_S, (end_ms - seen_ms) / 1000)
        else:  # it stands still
            self._wait_s = min(2 * self._wait_s, _LONGEST_S)
        self._seen_ms = seen_ms
        early_s = max(now_s + self._wait_s, self._early_s)
        self._look_s = min(self._due_s, early_s)
