"""A state that is damaged is known by what Spark then says; other failures are not taken for it."""

from pathlib import Path

import pytest
from records import heartbeat, quote
from test_pipeline import Stream

from spark_job.errors import ExecutorsDiedError, QueryFailedError, StateDamagedError
from spark_job.monitoring.failure import failed


def flip(path: Path) -> None:
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes(255 - it for it in content[middle:]))


@pytest.mark.parametrize("harm", [flip, Path.unlink])
def test_a_state_that_cannot_be_read_is_told_as_such(session, tmp_path, harm):
    with Stream(session, tmp_path) as stream:
        stream.take(*(quote(1000 + number / 100) for number in range(100)))
        stream.take(quote(1001))
    states = [it for it in (tmp_path / "query/state").rglob("*.delta") if it.name[0] != "."]
    assert states
    for path in states:
        harm(path)
    again = Stream(session, tmp_path)
    again.offset = stream.offset
    again.start()
    with pytest.raises(Exception, match="state"):
        again.take(heartbeat(1010))
    error = failed(again.query.exception())
    assert isinstance(error, StateDamagedError)
    assert len(str(error)) > 10


def test_other_failures_are_not_taken_for_it():
    assert type(failed(None)) is QueryFailedError
    assert type(failed(OSError("No space left on device"))) is QueryFailedError
    assert (
        type(failed(RuntimeError("ExecutorLostFailure (executor 1 exited"))) is ExecutorsDiedError
    )
