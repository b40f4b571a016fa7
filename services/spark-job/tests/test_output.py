"""What a start sends before its query runs."""

from pathlib import Path
from threading import Event

import msgspec
import pyarrow as pa
import pytest
from checkpoints import NOTE
from records import at

from contracts.times import format_time
from spark_job.errors import WindowsNotDeliveredError
from spark_job.output import send_unsent
from spark_job.preparation import StopAsked
from spark_job.reading.checkpoint import Start
from spark_job.settings import JobSettings


@pytest.mark.parametrize(
    ("stopping", "raised"), [(False, WindowsNotDeliveredError), (True, StopAsked)]
)
def test_windows_that_are_not_delivered_fail_a_start_but_not_a_stop(
    tmp_path: Path, *, stopping: bool, raised: type[Exception]
) -> None:
    def send(_: pa.Table) -> None:
        raise WindowsNotDeliveredError("stopped before 1 windows got to market_windows")

    times = {"unsent_after": format_time(at(0)), "final_until": format_time(at(60))}
    start = Start(tmp_path / "query", msgspec.structs.replace(NOTE, **times), [])
    settings = JobSettings(_env_file=None, aggregates_uri=str(tmp_path / "aggregates"))
    stop = Event()
    if stopping:
        stop.set()
    with pytest.raises(raised):
        send_unsent(start, settings, send, stop)
