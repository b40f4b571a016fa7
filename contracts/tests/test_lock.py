"""Who may write a folder."""

import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from contracts.lock import locked

_HOLD = """
import sys, time
from pathlib import Path
from contracts.lock import locked
with locked(Path(sys.argv[1]), lambda: None):
    print("locked", flush=True)
    time.sleep(60)
"""


class _StillHeldError(Exception):
    pass


def _give_up() -> None:
    raise _StillHeldError


def test_a_second_process_waits_until_the_first_is_gone_however_that_comes(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(_StillHeldError), locked(folder, _give_up):
            pytest.fail("two have it locked")
        other.send_signal(signal.SIGKILL)
    with locked(folder, _give_up):
        pass


def test_who_waits_goes_on_once_the_other_lets_go(tmp_path: Path) -> None:
    pauses: list[int] = []
    with ExitStack() as other:
        other.enter_context(locked(tmp_path, _give_up))

        def pause() -> None:
            pauses.append(len(pauses))
            if len(pauses) == 3:
                other.close()

        with locked(tmp_path, pause):
            assert pauses == [0, 1, 2]


def test_who_has_let_go_may_have_it_again(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path, _give_up):
            pass
