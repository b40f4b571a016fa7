"""The Spark session."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pyspark
import structlog
from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from spark_job.errors import WrongSparkError
from spark_job.monitoring.failure import one_line
from spark_job.settings import JobSettings, heap_mib, is_local

SPARK_VERSION = "3.5.3"
ARROW_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"
"""Spark 3.5 bounds an Arrow batch by rows, not by bytes."""

BLOCKS_OF_A_BATCH = 1
"""Rows that a worker gets at once: a row of the source is a block of some megabytes."""

_JVM = (
    # Of the collectors the one with the smallest footprint; pauses hardly matter at a trigger of
    # seconds. A third of the heap for new objects, with room for those of them that are in use:
    # what two tasks have fetched (20 MiB and more) must not grow old, and be collected with all.
    # Freed heap goes back to the system, and what is not heap is bounded too.
    "-XX:+UseSerialGC -Xmn{new_mib}m -XX:SurvivorRatio=4 -XX:TargetSurvivorRatio=90"
    " -XX:MinHeapFreeRatio=20 -XX:MaxHeapFreeRatio=40"
    " -XX:MaxMetaspaceSize=256m -XX:ReservedCodeCacheSize=128m -XX:+ExitOnOutOfMemoryError"
    # No address is remembered: brokers that start again may have taken each other's.
    " -Dsun.net.inetaddr.ttl=0"
    # Of the image's archive of classes; without one that fits, classes come from the jars.
    " -Xlog:cds=off -Xlog:cds+dynamic=off"
    " -Dlog4j2.configurationFile=file:/opt/bitnami/spark/conf/log4j2.properties"
)

_OPTIONS = "SPARK_SUBMIT_OPTS"

_NO_FOLDER = "/nonexistent"
"""Spark puts its folder of settings into the class path, and with one the JVM takes no archive."""

_CONF = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",  # a stream cannot have it, and says so
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
    ARROW_ROWS: str(BLOCKS_OF_A_BATCH),
    # The checkpoint lies on a local disk. Hadoop's usual way to it asks a program (readlink, chmod)
    # some twenty times a batch, and keeps checksums apart, which a kill can leave out of step.
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager"
    ),
    "spark.hadoop.fs.file.impl": "marketdata.checkpoint.LocalFiles",
    # An idle query says so at every trigger: status file and health live on it.
    "spark.sql.streaming.noDataProgressEventInterval": "1s",
    "spark.sql.streaming.stopTimeout": "20s",
    # Code for whole stages would be made and compiled for each batch, and has few rows to run on:
    # records are summed in Python.
    "spark.sql.codegen.wholeStage": "false",
    # Shuffle files lie in a /tmp that is memory; they go once their batch is collected.
    "spark.cleaner.periodicGC.interval": "5min",
    "spark.shuffle.checksum.enabled": "false",
    "spark.sql.warehouse.dir": "/tmp/spark-warehouse",  # noqa: S108 - never made: there are no tables
    # Of the state only the last version is wanted: a query that fails begins from the disk.
    "spark.sql.streaming.maxBatchesToRetainInMemory": "1",
    # Any site could end the query by a link to the UI: it takes a GET for that.
    "spark.ui.killEnabled": "false",
    # The UI keeps these in the heap.
    "spark.ui.retainedJobs": "50",
    "spark.ui.retainedStages": "50",
    "spark.ui.retainedTasks": "500",
    "spark.sql.ui.retainedExecutions": "20",
    "spark.sql.streaming.ui.retainedProgressUpdates": "100",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.debug.maxToStringFields": "100",  # it warns where a plan has more
    # Spark's own numbers, at /metrics/prometheus/ of its UI.
    "spark.sql.streaming.metricsEnabled": "true",
    "spark.metrics.namespace": "spark_job",
    "spark.metrics.conf.*.sink.prometheusServlet.class": (
        "org.apache.spark.metrics.sink.PrometheusServlet"
    ),
    "spark.metrics.conf.*.sink.prometheusServlet.path": "/metrics/prometheus",
}

# On one machine nobody else talks to the driver; the UI listens apart from this.
_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # The driver is its own executor, and would take itself for lost, for good, where the clock is
    # set ahead by more than this.
    "spark.storage.blockManagerHeartbeatTimeoutMs": "365d",
}

_CLUSTER = {
    # A worker that says nothing is taken for lost before the watchdog ends the job (180 s).
    "spark.network.timeout": "40s",
    "spark.network.timeoutInterval": "10s",
    # So long a task waits for the worker that has its part of the state before another loads it:
    # long enough for short tasks to stay, short enough for a new worker to get its share.
    "spark.locality.wait": "500ms",
    # What executors log lies in a /tmp that is memory.
    "spark.executor.logs.rolling.strategy": "size",
    "spark.executor.logs.rolling.maxSize": str(1 << 20),
    "spark.executor.logs.rolling.maxRetainedFiles": "2",
}


_log = structlog.get_logger()


def check_version(found: str = pyspark.__version__) -> None:
    """Raise `WrongSparkError` unless Spark has the version that the job is made for."""
    if found != SPARK_VERSION:
        raise WrongSparkError(
            f"this job is made for Spark {SPARK_VERSION} and found {found}:"
            f" build it on an image of Spark {SPARK_VERSION} (SPARK_IMAGE)"
        )


def _jvm(heap: str) -> str:
    return _JVM.format(new_mib=heap_mib(heap) // 3)


def _cluster(settings: JobSettings) -> dict[str, str]:
    heap = settings.spark_executor_memory
    return {
        **_CLUSTER,
        "spark.executor.memory": heap,
        # Options of the image for the driver's JVM also apply to theirs: the archive of classes.
        "spark.executor.extraJavaOptions": f"{os.environ.get(_OPTIONS, '')} {_jvm(heap)}",
    }


def build_session(settings: JobSettings) -> SparkSession:
    """Start the JVM and the session; raises `WrongSparkError` for jars of another version."""
    heap = settings.spark_driver_memory
    conf = {
        **_CONF,
        **(_LOCAL if is_local(settings.spark_master) else _cluster(settings)),
        # Pinned by the checkpoint: the state is split into as many parts.
        "spark.sql.shuffle.partitions": str(settings.state_partitions),
        "spark.driver.memory": heap,
        "spark.driver.extraJavaOptions": _jvm(heap),
        "spark.ui.port": str(settings.spark_ui_port),
    }
    os.environ["SPARK_CONF_DIR"] = _NO_FOLDER
    builder = SparkSession.builder.appName("spark-job").master(settings.spark_master)
    for name, value in conf.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    check_version(session.version)
    return session


@contextmanager
def started(settings: JobSettings) -> Iterator[Callable[[], SparkSession]]:
    """Start the JVM and its session while the block runs, which gets a function for it.

    That waits for the session, and raises what `build_session` raises.
    """
    with ThreadPoolExecutor(1, "session") as beside:
        starting = beside.submit(build_session, settings)
        try:
            yield starting.result
        finally:
            if starting.exception() is None:
                try:
                    starting.result().stop()
                except (Py4JError, OSError) as error:  # the JVM is gone already
                    _log.warning("the session did not stop cleanly", why=one_line(error))
