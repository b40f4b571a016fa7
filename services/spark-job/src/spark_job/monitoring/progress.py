"""What the progress of a batch says of the job.

The input is the JSON of Spark's ``StreamingQueryProgress``, parsed; the output is
`contracts.status.JobDetails`, changed in place.
"""

from datetime import datetime
from typing import Any

import msgspec

from contracts.refusals import Reason
from contracts.status import JobDetails, PartitionLag, RefusedSample
from contracts.times import format_time
from spark_job.checking.decode import MAX_SAMPLES
from spark_job.windowing.windows import CHECK_METRICS, SAMPLES

type Progress = dict[str, Any]


def apply(progress: Progress, details: JobDetails) -> None:
    """Bring the details up to date with one batch's progress."""
    details.query_id = progress["id"]
    details.batch_id = progress["batchId"]
    details.batch_at = _time(progress["timestamp"])
    details.input_rows_per_second = progress.get("inputRowsPerSecond", 0.0)
    details.processed_rows_per_second = progress.get("processedRowsPerSecond", 0.0)
    details.batch_ms = progress["durationMs"]
    details.watermark = _watermark(progress)
    details.lag = _lag(progress, details)
    _apply_state(progress, details)
    _apply_check(progress, details)


def late_window_updates(progress: Progress) -> int:
    """Count the updates of windows that were over already, in this batch."""
    return sum(state.get("numRowsDroppedByWatermark", 0) for state in progress["stateOperators"])


def _apply_state(progress: Progress, details: JobDetails) -> None:
    states = progress["stateOperators"]
    details.state_rows = sum(state["numRowsTotal"] for state in states)
    details.state_bytes = sum(state["memoryUsedBytes"] for state in states)
    details.late_window_updates += late_window_updates(progress)


def _apply_check(progress: Progress, details: JobDetails) -> None:
    metrics = progress.get("observedMetrics", {}).get(CHECK_METRICS, {})
    for reason in Reason:
        if metrics.get(reason):
            details.refused[reason] = details.refused.get(reason, 0) + metrics[reason]
    new = [msgspec.json.decode(text, type=RefusedSample) for text in metrics.get(SAMPLES, [])]
    new.sort(key=lambda sample: (sample.kafka_timestamp, sample.partition, sample.offset))
    details.refused_samples = [*details.refused_samples, *new][-MAX_SAMPLES:]


def _lag(progress: Progress, details: JobDetails) -> list[PartitionLag]:
    """Tell how far the batch has come; how far that is behind, the module `lag` knows better."""
    source = progress["sources"][0]
    processed = (source.get("endOffset") or {}).get(details.topic, {})
    latest = (source.get("latestOffset") or {}).get(details.topic, {})
    known = {lag.partition: lag for lag in details.lag}
    return [
        _partition_lag(known.get(int(partition)), int(partition), offset, latest.get(partition, 0))
        for partition, offset in sorted(processed.items(), key=lambda item: int(item[0]))
    ]


def _partition_lag(
    known: PartitionLag | None, partition: int, processed: int, latest: int
) -> PartitionLag:
    latest = max(processed, latest, known.latest if known else 0)
    return PartitionLag(
        partition=partition,
        processed=processed,
        latest=latest,
        lag=latest - processed,
        lag_s=(known.lag_s if known else None) if latest > processed else 0.0,
    )


def _watermark(progress: Progress) -> str | None:
    watermark = progress.get("eventTime", {}).get("watermark")
    if watermark is None or watermark.startswith("1970-01-01T00:00:00.000"):  # none yet
        return None
    return _time(watermark)


def _time(text: str) -> str:
    return format_time(datetime.fromisoformat(text))
