"""Records and checked rows to test with; a time is written as seconds since 1970."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.event import Heartbeat, Quote, encode
from contracts.refusals import RefusedRecord, read_refused
from contracts.refusals import encode as encode_refused
from contracts.times import format_time
from spark_job.checking.decode import SendDeadLetter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def quote(seconds: float, symbol: str = "IBM", price: float = 100.0, **others) -> bytes:
    event = {
        "schema_version": 1,
        "event_id": "a-0",
        "symbol": symbol,
        "price": price,
        "volume": 1.0,
        "event_time": format_time(at(seconds)),
        "ingest_time": format_time(at(seconds)),
        "source": "synthetic",
    }
    return encode(Quote(**(event | others)))


def heartbeat(seconds: float) -> bytes:
    time = format_time(at(seconds))
    return encode(
        Heartbeat(
            schema_version=1, event_id="a-0", event_time=time, ingest_time=time, source="synthetic"
        )
    )


class FileOfDeadLetters:
    """Where a test's refused records go: a file, since the worker is another process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def __call__(self) -> Iterator[SendDeadLetter]:
        with self.path.open("ab") as file:
            yield lambda record: file.write(encode_refused(record) + b"\n")

    def read(self) -> list[RefusedRecord]:
        lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        return [record for line in lines if (record := read_refused(line))]
