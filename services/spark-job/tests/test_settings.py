"""A setting that cannot be right is reported in one line."""

from datetime import timedelta

import pytest

from contracts.settings import SettingError, load
from spark_job import settings as module
from spark_job.settings import JobSettings, heap_mib, most_state_bytes


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch, tmp_path):
    for name in JobSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_the_defaults_hold(monkeypatch):
    monkeypatch.setenv("WINDOW_LENGTH", "")
    settings = load(JobSettings)
    assert settings.window_length == timedelta(minutes=1)
    assert settings.window_slide == timedelta(seconds=5)
    assert settings.watermark_delay == timedelta(0)
    assert settings.trigger_interval == timedelta(seconds=2)
    assert settings.max_future_skew == timedelta(seconds=60)
    assert settings.kafka_topic == "raw_api_events"
    assert (settings.spark_master, settings.spark_driver_memory) == ("local[*]", "1g")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WINDOW_SLIDE", "7 seconds"),
        ("WATERMARK_DELAY", "5"),
        ("TRIGGER_INTERVAL", "0 seconds"),
        ("SPARK_MASTER", "localhost"),
        ("SPARK_MASTER", "local[0]"),
        ("SPARK_MASTER", "local[2*]"),
        ("SPARK_MASTER", "spark://host"),
        ("SPARK_MASTER", "spark://host:7077,other:70770"),
        ("SPARK_DRIVER_MEMORY", "1"),
        ("SPARK_DRIVER_MEMORY", "511m"),
        ("SPARK_EXECUTOR_MEMORY", "1"),
        ("RETENTION_DAYS", "0"),
        ("RETENTION_DAYS", "1.5"),
        ("RETENTION_DAYS", "soon"),
        ("STATE_PARTITIONS", "0"),
        ("STATE_PARTITIONS", "1001"),
        ("STATE_PARTITIONS", "auto"),
        ("SPARK_UI_PORT", "0"),
        ("KAFKA_TOPIC", "no spaces"),
        ("KAFKA_TOPIC", "market_windows"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_in_one_line(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as error:
        load(JobSettings)
    line = str(error.value)
    assert line.startswith(f"{name}: got ")
    assert "takes " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "place",
    ["/data", "/data/", "/data/checkpoints/table", "/data/aggregates/../state", "/data/alerts"],
)
def test_windows_are_not_written_among_what_others_keep_on_the_volume(monkeypatch, place):
    monkeypatch.setenv("AGGREGATES_URI", place)
    with pytest.raises(SettingError) as error:
        load(JobSettings)
    assert str(error.value) == (
        f"AGGREGATES_URI: got '{place}', takes a place of its own, such as /data/aggregates or"
        " s3a://bucket/prefix"
    )


@pytest.mark.parametrize("place", ["/data/states", "/data/my/own", "/mnt", "s3a://data/state"])
def test_windows_may_have_any_place_of_their_own(monkeypatch, place):
    monkeypatch.setenv("AGGREGATES_URI", place)
    assert load(JobSettings).location.uri == place


@pytest.mark.parametrize(("processors", "partitions"), [(1, 1), (2, 2), (4, 4), (64, 4)])
def test_there_are_as_many_state_partitions_as_processors_up_to_a_limit(
    monkeypatch, processors, partitions
):
    monkeypatch.setattr(module, "processors", lambda: processors)
    assert load(JobSettings).state_partitions == partitions
    monkeypatch.setenv("STATE_PARTITIONS", "3")
    assert load(JobSettings).state_partitions == 3


@pytest.mark.parametrize("master", ["spark://master:7077", "yarn", "k8s://https://host:6443"])
def test_on_a_cluster_the_number_of_state_partitions_is_none_of_the_drivers_machine(
    monkeypatch, master
):
    monkeypatch.setattr(module, "processors", lambda: 2)
    monkeypatch.setenv("SPARK_MASTER", master)
    assert load(JobSettings).state_partitions == 4


@pytest.mark.parametrize(("memory", "mib"), [("1g", 1024), ("512m", 512), ("3g", 3072)])
def test_a_heap_is_read_in_mib(monkeypatch, memory, mib):
    monkeypatch.setenv("SPARK_DRIVER_MEMORY", memory)
    assert heap_mib(load(JobSettings).spark_driver_memory) == mib


@pytest.mark.parametrize(
    ("master", "driver", "executor", "mib"),
    [
        ("local[*]", "1g", "4g", 384),
        ("local[*]", "512m", "1g", 192),
        ("spark://spark-master:7077", "1g", "4g", 1536),
    ],
)
def test_the_state_has_room_in_the_heap_that_it_lies_in(monkeypatch, master, driver, executor, mib):
    monkeypatch.setenv("SPARK_MASTER", master)
    monkeypatch.setenv("SPARK_DRIVER_MEMORY", driver)
    monkeypatch.setenv("SPARK_EXECUTOR_MEMORY", executor)
    assert most_state_bytes(load(JobSettings)) == mib * 2**20
