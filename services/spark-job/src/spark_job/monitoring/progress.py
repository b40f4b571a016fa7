"""What the progress of a batch says about the job.

The input is the JSON of Spark's ``StreamingQueryProgress``, parsed; the output is
`contracts.status.JobDetails`, changed in place.
"""

from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from contracts.status import JobDetails, PartitionLag
from contracts.times import format_time, parse_time
from spark_job.checking.decode import MAX_SAMPLES
from spark_job.reading.offset_log import BEGINS
from spark_job.reading.plan import EventTimes, later
from spark_job.reading.planner import Outcome
from spark_job.windowing.partials import TaskReport
from spark_job.windowing.windows import CHECK_METRICS, CLOSED, LATE, PANES, REPORTS, WINDOW_METRICS

type Progress = dict[str, Any]


def apply(progress: Progress, details: JobDetails) -> None:
    """Bring the details up to date with one batch's progress."""
    details.query_id = progress["id"]
    details.batch_id = progress["batchId"]
    details.batch_ms = progress["durationMs"]
    _apply_rates(progress, details)
    details.watermark = _watermark(progress)
    details.lag = _lag(progress, details)
    states = progress["stateOperators"]
    details.state_rows = sum(state["numRowsTotal"] for state in states)
    details.state_bytes = sum(state["memoryUsedBytes"] for state in states)
    details.late_window_updates += late_window_updates(progress)
    _apply_check(progress, details)


def outcome(progress: Progress) -> Outcome:
    """Give what the planner learns from."""
    marks: EventTimes = {}
    for report in _reports(progress):
        marks = later(marks, report.reached)
    states = progress["stateOperators"]
    return Outcome(
        windows=max(_metrics(progress).get(PANES) or 0, _closed(progress).get(CLOSED) or 0),
        state_bytes=sum(state["memoryUsedBytes"] for state in states),
        symbols=sum(state["numRowsTotal"] for state in states),
        marks=marks,
        took_s=progress["durationMs"]["triggerExecution"] / 1000,
    )


def late_window_updates(progress: Progress) -> int:
    """Count this batch's updates of windows that were over already."""
    late: int = _closed(progress).get(LATE) or 0
    return late


def _apply_check(progress: Progress, details: JobDetails) -> None:
    refused, new = Counter(details.refused), []
    for report in _reports(progress):
        refused.update(report.refused)
        new += report.samples
    details.refused = {**refused}  # a new dict: Prometheus may be reading the old one
    new.sort(key=lambda sample: (sample.kafka_timestamp, sample.partition, sample.offset))
    details.refused_samples = [*details.refused_samples, *new][-MAX_SAMPLES:]


def _reports(progress: Progress) -> list[TaskReport]:
    texts = _metrics(progress).get(REPORTS, [])
    return [msgspec.json.decode(text, type=TaskReport) for text in texts]


def _metrics(progress: Progress, name: str = CHECK_METRICS) -> dict[str, Any]:
    found: dict[str, Any] = progress.get("observedMetrics", {}).get(name, {})
    return found


def damaged(progress: Progress) -> list[str]:
    """Say which records of the batch are damaged on the broker's disk, a line each."""
    metrics: dict[str, str] = progress["sources"][0].get("metrics") or {}
    return metrics.get("damaged", "").splitlines()


def _closed(progress: Progress) -> dict[str, Any]:
    return _metrics(progress, WINDOW_METRICS)


def _apply_rates(progress: Progress, details: JobDetails) -> None:
    """Calculate the rates of records; Spark counts the blocks that contain them."""
    before, batch_at = details.batch_at, _time(progress["timestamp"])
    plan: dict[str, dict[str, int]] = progress["sources"][0].get("endOffset") or {}
    records = sum(plan.get(details.topic, {}).values()) - sum(plan.get(BEGINS, {}).values())
    since_s = (parse_time(batch_at) - parse_time(before)).total_seconds() if before else 0.0
    worked_s = progress["durationMs"]["triggerExecution"] / 1000
    details.input_rows_per_second = records / since_s if since_s > 0 else 0.0
    details.processed_rows_per_second = records / worked_s if worked_s > 0 else 0.0
    details.batch_at = batch_at


def _lag(progress: Progress, details: JobDetails) -> list[PartitionLag]:
    """Give how far the batch has come; `consumer_lag` knows better how far that is behind."""
    processed = (progress["sources"][0].get("endOffset") or {}).get(details.topic, {})
    # A partition that was added after the batch was planned keeps its last known values.
    lags = {lag.partition: lag for lag in details.lag}
    for partition, offset in ((int(name), offset) for name, offset in processed.items()):
        lags[partition] = read_up_to(offset, partition, lags.get(partition))
    return [lag for _, lag in sorted(lags.items())]


def read_up_to(offset: int, partition: int, known: PartitionLag | None) -> PartitionLag:
    """Give how far behind a partition is that has been read up to an offset; `known` was before."""
    latest = max(offset, known.latest if known else 0)
    return PartitionLag(
        partition=partition,
        processed=offset,
        latest=latest,
        lag=latest - offset,
        lag_s=(known.lag_s if known else None) if latest > offset else 0.0,
    )


def _watermark(progress: Progress) -> str | None:
    watermark = progress.get("eventTime", {}).get("watermark")
    if watermark is None or watermark.startswith("1970-01-01T00:00:00.000"):  # none yet
        return None
    return _time(watermark)


def _time(text: str) -> str:
    return format_time(datetime.fromisoformat(text))
