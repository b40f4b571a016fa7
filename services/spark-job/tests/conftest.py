import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from clocks import Clock
from hypothesis import HealthCheck, settings
from pyspark.sql import SparkSession

from spark_job.session import build_session
from spark_job.settings import JobSettings

# The machines are shared, and an example may be a job of Spark.
settings.register_profile("shared", deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("long", settings.get_profile("shared"), max_examples=3000)
settings.load_profile("shared")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def session() -> Iterator[SparkSession]:
    # The worker unpickles what the tests hand to it.
    os.environ["PYTHONPATH"] = f"{os.environ.get('PYTHONPATH', '')}:{Path(__file__).parent}"
    session = build_session(JobSettings(_env_file=None, spark_master="local[2]"))
    yield session
    session.stop()
