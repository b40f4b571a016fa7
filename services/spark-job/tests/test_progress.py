"""What Spark says of a batch becomes what the status file says of the job."""

from contracts.refusals import Reason
from contracts.status import JobDetails, PartitionLag
from spark_job.monitoring.progress import apply, damaged, late_window_updates, outcome
from spark_job.reading.planner import Outcome


def details() -> JobDetails:
    return JobDetails(
        spark_version="3.5.3", topic="raw", window_length="", window_slide="", watermark_delay="",
        trigger_interval="",
    )  # fmt: skip


def progress(**others):
    """What Spark 3.5.3 reports of a batch of the job's own source, cut to what is looked at."""
    return {
        "id": "9f6c1d1e-0000-4000-8000-000000000001",
        "batchId": 7,
        "timestamp": "2026-01-02T15:04:06.000Z",
        "inputRowsPerSecond": 0.5,  # blocks
        "processedRowsPerSecond": 2.0,
        "durationMs": {"addBatch": 500, "triggerExecution": 600},
        "eventTime": {"watermark": "2026-01-02T15:04:05.123Z"},
        "stateOperators": [
            {
                "numRowsTotal": 55,
                "memoryUsedBytes": 23592,
            }
        ],
        "sources": [
            {
                "endOffset": {
                    "raw": {"10": 5, "2": 90},
                    "begins at": {"10": 1, "2": 73},
                    "event times": {"10": 1767366245123456, "2": 1767366246000000},
                    "watermark ms": 1767366245123,
                },
            }
        ],
        "observedMetrics": {"check": {"reports": [], "panes": 0}},
    } | others


def report(refused: str = "", samples: str = "", reached: str = "") -> str:
    """What a task tells of its records."""
    return f'{{"refused":{{{refused}}},"samples":[{samples}],"reached":{{{reached}}}}}'


def sample(offset: int) -> str:
    return (
        f'{{"reason":"not_json","detail":"d","partition":0,"offset":{offset},'
        '"kafka_timestamp":"2026-01-02T15:04:05.000000Z","payload":"{"}'
    )


def test_what_is_damaged_on_the_broker_s_disk_is_a_line_for_each_place():
    lines = ["partition 0: offsets 4 to 8", "partition 1: offsets 0 to 0"]
    sources = [{"metrics": {"damaged": "\n".join(lines)}}]
    assert damaged(progress(sources=sources)) == lines
    assert damaged(progress()) == []


def test_a_batch_is_reported_with_its_rates_times_and_state():
    found = details()
    found.batch_at = "2026-01-02T15:04:04.000000Z"  # the batch before it
    apply(progress(), found)
    assert found.batch_id == 7
    assert found.batch_at == "2026-01-02T15:04:06.000000Z"
    assert found.watermark == "2026-01-02T15:04:05.123000Z"
    # 21 records in 2 s, worked on for 0.6 s
    assert (found.input_rows_per_second, found.processed_rows_per_second) == (10.5, 35.0)
    assert found.batch_ms == {"addBatch": 500, "triggerExecution": 600}
    assert (found.state_rows, found.state_bytes) == (55, 23592)


def test_the_lag_is_reported_by_partition_in_the_order_of_their_numbers():
    found = details()
    found.lag = [PartitionLag(partition=2, processed=80, latest=100, lag=20)]
    apply(progress(), found)
    assert found.lag == [
        PartitionLag(partition=2, processed=90, latest=100, lag=10),
        PartitionLag(partition=10, processed=5, latest=5, lag=0, lag_s=0.0),
    ]


def test_a_partition_that_the_batch_does_not_know_yet_stays():
    found = details()
    found.lag = [PartitionLag(partition=3, processed=7, latest=12, lag=5, lag_s=1.0)]
    apply(progress(), found)
    rate = found.processed_rows_per_second
    without = details()
    apply(progress(), without)
    assert rate == without.processed_rows_per_second
    assert [(lag.partition, lag.processed, lag.lag) for lag in found.lag] == [
        (2, 90, 0),
        (3, 7, 5),
        (10, 5, 0),
    ]


def test_what_the_broker_said_last_still_counts_after_a_batch():
    found = details()
    found.lag = [
        PartitionLag(partition=2, processed=10, latest=150, lag=140, lag_s=3.5),
        PartitionLag(partition=10, processed=1, latest=4, lag=3, lag_s=7.0),
    ]
    apply(progress(), found)
    assert found.lag == [
        PartitionLag(partition=2, processed=90, latest=150, lag=60, lag_s=3.5),
        PartitionLag(partition=10, processed=5, latest=5, lag=0, lag_s=0.0),
    ]


def test_the_first_batch_since_the_start_tells_no_rate_of_what_came_before_it():
    found = details()
    apply(progress(), found)
    assert (found.input_rows_per_second, found.processed_rows_per_second) == (0.0, 35.0)


def test_a_batch_that_only_closes_windows_read_nothing():
    found = details()
    offsets = {"10": 5, "2": 90}
    source = {"endOffset": {"raw": offsets, "begins at": offsets, "watermark ms": 5}}
    found.batch_at = "2026-01-02T15:04:04.000000Z"
    apply(progress(sources=[source]), found)
    assert (found.input_rows_per_second, found.processed_rows_per_second) == (0.0, 0.0)
    assert [lag.processed for lag in found.lag] == [90, 5]


def test_the_planner_learns_the_windows_that_were_touched_and_the_times_that_were_found():
    tasks = [report(reached='"2":7,"10":9'), report(reached='"2":5')]
    batch = progress(
        observedMetrics={
            "check": {"reports": tasks, "panes": 24},
            "windows": {"closed": 20, "late": None},
        }
    )
    assert outcome(batch) == Outcome(
        windows=24, state_bytes=23592, symbols=55, marks={2: 7, 10: 9}, took_s=0.6
    )
    sparse = progress(observedMetrics={"check": {"panes": 24}, "windows": {"closed": 240}})
    assert outcome(sparse).windows == 240
    assert outcome(progress()).marks == outcome(progress(observedMetrics={})).marks == {}


def test_before_the_first_event_there_is_no_watermark():
    found = details()
    apply(progress(eventTime={"watermark": "1970-01-01T00:00:00.000Z"}), found)
    assert found.watermark is None
    apply(progress(eventTime={}), found)
    assert found.watermark is None


def test_refusals_and_late_updates_add_up_over_the_batches():
    found = details()
    tasks = [report(refused='"not_json":2,"tombstone":1'), report(refused='"not_json":1')]
    for _ in range(2):
        batch = progress(
            observedMetrics={
                "check": {"reports": tasks, "panes": 0},
                "windows": {"closed": 0, "late": 12},
            },
        )
        apply(batch, found)
    assert found.refused == {Reason.NOT_JSON: 6, Reason.TOMBSTONE: 2}
    assert found.late_window_updates == 24
    assert late_window_updates(batch) == 12


def test_a_scrape_may_go_on_while_a_reason_comes_to_those_that_it_reads():
    found = details()
    for reason in ("not_json", "tombstone"):
        read = iter(found.refused.items())
        tasks = [report(refused=f'"{reason}":1')]
        apply(progress(observedMetrics={"check": {"reports": tasks, "panes": 0}}), found)
        assert len([*read]) == len(found.refused) - 1


def test_the_last_twenty_samples_are_kept_by_offset():
    found = details()
    for first in (0, 15):
        tasks = [
            report(samples=",".join(sample(offset) for offset in offsets))
            for offsets in (range(first + 8, first + 15), range(first, first + 8))
        ]
        apply(progress(observedMetrics={"check": {"reports": tasks, "panes": 0}}), found)
    assert [sample.offset for sample in found.refused_samples] == list(range(10, 30))
