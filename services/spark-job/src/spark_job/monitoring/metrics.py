"""The numbers of the status file for Prometheus: every metric, with its unit and its meaning."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import get_args
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app, start_http_server

from contracts.metrics import Definition, Samples, Seen, in_state, one
from contracts.status import JobDetails, JobState, PartitionLag
from contracts.times import parse_time
from spark_job.errors import NeedsPersonError


def _by_partition(
    read: Callable[[PartitionLag], float | None],
) -> Callable[[Seen[JobDetails]], Samples]:
    def samples(seen: Seen[JobDetails]) -> Iterator[tuple[tuple[str, ...], float]]:
        for lag in seen.details.lag:
            value = read(lag)
            if value is not None:
                yield (str(lag.partition),), value

    return samples


def _held_back(seen: Seen[JobDetails]) -> Samples:
    held_back = {it.partition for it in seen.details.held_back_by}
    partitions = {it.partition for it in seen.details.lag} | held_back
    return [((str(it),), float(it in held_back)) for it in sorted(partitions)]


def _watermark_s(details: JobDetails) -> float | None:
    return parse_time(details.watermark).timestamp() if details.watermark else None


# fmt: off
DEFINITIONS: tuple[Definition[JobDetails], ...] = (
    Definition("spark_job_info", "gauge", "1", "always 1; what runs", ("spark_version", "topic"),
        lambda seen: [((seen.details.spark_version, seen.details.topic), 1)]),
    in_state("spark_job_state", get_args(JobState.__value__)),
    Definition("spark_job_batch_id", "gauge", "1", "number of the last batch", (),
        one(lambda details: details.batch_id)),
    Definition("spark_job_input_records_per_second", "gauge", "records/s",
        "that came, in the last batch", (), one(lambda details: details.input_rows_per_second)),
    Definition("spark_job_processed_records_per_second", "gauge", "records/s",
        "that it worked on while it did, in the last batch", (),
        one(lambda details: details.processed_rows_per_second)),
    Definition("spark_job_batch_phase_seconds", "gauge", "seconds",
        "of the last batch, by phase; triggerExecution is all of it", ("phase",),
        lambda seen: [((phase,), ms / 1000) for phase, ms in seen.details.batch_ms.items()]),
    Definition("spark_job_processed_offset", "gauge", "records", "next offset to read",
        ("partition",), _by_partition(lambda lag: lag.processed)),
    Definition("spark_job_lag_records", "gauge", "records", "not read yet", ("partition",),
        _by_partition(lambda lag: lag.lag)),
    Definition("spark_job_lag_seconds", "gauge", "seconds",
        "since the broker took in the next record to read; 0 without one", ("partition",),
        _by_partition(lambda lag: lag.lag_s)),
    Definition("spark_job_backlog_records", "gauge", "records",
        "not read yet, of all partitions, while it is catching up; else 0", (),
        one(lambda details: details.catching_up.records_left if details.catching_up else 0)),
    Definition("spark_job_catch_up_seconds", "gauge", "seconds",
        "until it has caught up; else 0; no sample where it falls behind or does not know", (),
        one(lambda details: details.catching_up.seconds_left if details.catching_up else 0)),
    Definition("spark_job_partition_holds_windows_back", "gauge", "1",
        "1 where windows wait for it: no newer event for 30 s while others had some; else 0",
        ("partition",), _held_back),
    Definition("spark_job_watermark_time_seconds", "gauge", "seconds since 1970",
        "windows that end before are final", (), one(_watermark_s)),
    Definition("spark_job_state_rows", "gauge", "symbols",
        "of each source, that have open windows in the state", (),
        one(lambda details: details.state_rows)),
    Definition("spark_job_state_bytes", "gauge", "bytes", "of memory that the state takes", (),
        one(lambda details: details.state_bytes)),
    Definition("spark_job_late_window_updates_total", "counter", "updates",
        "of windows that were final, left out", (),
        one(lambda details: details.late_window_updates)),
    Definition("spark_job_refused_records_total", "counter", "records",
        "refused, and handed to the dead-letter topic", ("reason",),
        lambda seen: [((reason,), n) for reason, n in seen.details.refused.items()]),
    Definition("spark_job_windows_written_total", "counter", "windows", "written to files", (),
        one(lambda details: details.rows_written)),
    Definition("spark_job_files_written_total", "counter", "files", "written", (),
        one(lambda details: details.files_written)),
)
# fmt: on


def _answering_head(page: WSGIApplication) -> WSGIApplication:
    """Let HEAD be answered as GET without the body: the library's page answers it with 405."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "HEAD":
            return page(environ, start_response)
        started: list[tuple[str, list[tuple[str, str]]]] = []
        body = page(
            {**environ, "REQUEST_METHOD": "GET"},
            lambda status, headers, *_: started.append((status, headers)),  # type: ignore[arg-type]
        )
        [(status, headers)] = started
        length = sum(map(len, body))
        start_response(status, [*headers, ("Content-Length", str(length))])
        return []

    return answer


@contextmanager
def served(metrics: CollectorRegistry, port: int | None) -> Iterator[None]:
    """Serve ``/metrics`` on all addresses of the container; on none without a port.

    Raises `NeedsPersonError` where the port is taken.
    """
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, registry=metrics)
    except OSError as error:
        raise NeedsPersonError(
            f"METRICS_PORT: got {port}, takes a port that is free: {error}"
        ) from None
    server.set_app(_answering_head(make_wsgi_app(metrics)))
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
