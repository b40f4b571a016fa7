"""The producer keeps its promises while the broker fails, and while it is stopped and killed.

The judge is `acknowledged.py`. Longer outages, and more kills: `test_producer_outages.py`.
"""

import json
import random
import re
import time
from collections import Counter
from pathlib import Path
from urllib.request import urlopen

import prices
import pytest
import topic
from acknowledged import faults, wait_for_more, wait_for_run, watched
from stack import free_port, main_process
from waiting import wait_for

RATE = 2000


@pytest.fixture(scope="module")
def stack(new_stack):
    stack = new_stack("producer-faults", SYNTHETIC_EVENTS_PER_SECOND=str(RATE))
    stack.compose("up", "--detach", "volume-init")
    return stack


def test_whatever_happens_what_was_acknowledged_is_in_the_topic_once_and_in_order(stack):
    with watched(stack.data / "status" / "producer.json") as counts:
        stack.compose("up", "--detach", "--no-deps", "producer")
        wait_for("a producer that waits", lambda: stack.status("producer").get("state"), 30)
        assert stack.status("producer")["state"] == "connecting"
        stack.up("producer")  # the broker comes after it
        wait_for_more(stack)

        for _ in range(3):
            time.sleep(random.uniform(0, 1))
            stack.kill("producer")
            wait_for_run(stack)

        stack.compose("pause", "kafka")
        time.sleep(12)  # longer than what may be pending lasts
        assert stack.memory_mib("producer") < 128
        stack.compose("unpause", "kafka")
        wait_for_more(stack)

        stack.compose("restart", "kafka")
        wait_for_more(stack)

        stack.kill("kafka")
        wait_for_more(stack)

        stack.compose("stop", "producer")
        wait_for("a clean end", lambda: stack.status("producer")["state"] == "stopped", 5)
    assert stack.container("producer")["State"]["ExitCode"] == 0
    assert stack.restarts()["producer"] == 3
    assert len([count for count in counts.values() if count]) == 4
    records = stack.records()
    assert faults(records, counts) == []
    assert len(records) == pytest.approx(sum(counts.values()), abs=3 * 20_000)


def test_a_topic_that_is_made_late_is_waited_for(stack):
    stack.up("kafka")
    run = ("run", "--detach", "--no-deps", "--env", "KAFKA_TOPIC=late", "--env")
    name = stack.compose(*run, "PRODUCER_NAME=late", "producer").stdout.split()[-1]
    with watched(stack.data / "status" / "late.json") as counts:
        wait_for(
            "its name", lambda: "topic late" in (stack.status("late").get("last_error") or ""), 30
        )
        topic.make(stack.bootstrap, "late")
        wait_for("events", lambda: stack.status("late")["details"]["published"] > RATE, 60)
        stack.shell("docker", "stop", name)
    stack.shell("docker", "rm", name)
    records = topic.read(stack.bootstrap, "late")
    assert faults(records, counts) == []
    assert [len(records)] == list(counts.values())


@pytest.mark.long
def test_a_file_larger_than_its_memory_is_replayed(stack):
    path = stack.folder / "volumes" / "replay" / "large.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    filler = "".join(f"2026-01-02,OTHER,1,1,{'x' * 1000}\n" for _ in range(1000))
    with path.open("w") as file:
        file.write("time,symbol,price,volume,note\n")
        for price in range(1, 513):
            file.write(f"2026-01-02,IBM,{price},1,\n{filler}")
    stack.up("kafka", "topic-init")
    before = len(stack.records())
    settings = {
        "FEED": "replay",
        "REPLAY_FILE": path.name,
        "REPLAY_SPEED": "0",
        "SYMBOLS": "IBM",
        "PRODUCER_NAME": "large",
    }
    variables = [it for name, value in settings.items() for it in ("--env", f"{name}={value}")]
    run = stack.compose("run", "--detach", "--no-deps", *variables, "producer")
    name = run.stdout.split()[-1]
    wait_for("the end", lambda: stack.status("large").get("state") == "finished", 120)
    (container,) = json.loads(stack.shell("docker", "inspect", name).stdout)
    status = Path(f"/proc/{main_process(container)}/status").read_text()
    stack.shell("docker", "rm", "--force", name)
    path.unlink()
    assert container["HostConfig"]["Memory"] < 512 * 1024**2
    (peak_kib,) = re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert int(peak_kib) < 128 * 1024
    events = [json.loads(record.value) for record in stack.records()[before:]]
    prices = [event["price"] for event in events if event["kind"] == "quote"]
    assert prices == [float(price) for price in range(1, 513)]


def test_two_producers_run_beside_each_other_and_metrics_are_on_the_loopback(stack):
    port = free_port()
    stack.set(
        COMPOSE_FILE="compose.yaml:compose.second-producer.yaml:compose.metrics.yaml",
        SECOND_FEED="replay",
        REPLAY_FILE="daily.csv",
        REPLAY_SPEED="0",
        METRICS_PORT=str(port),
    )
    prices.write(stack.folder / "volumes" / "replay" / "daily.csv", prices.daily("2012-03-01"))
    before = len(stack.records())
    files = [stack.data / "status" / f"{name}.json" for name in ("producer", "producer-2")]
    files[0].unlink()  # it tells of the run before
    with watched(files[0]) as first, watched(files[1]) as second:
        stack.up("producer", "producer-2")
        wait_for_more(stack)
        wait_for("the replay", lambda: stack.status("producer-2").get("state") == "finished", 30)
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            metrics = answer.read().decode()
        stack.compose("stop", "producer", "producer-2")
    assert re.search(r"^producer_quotes_total [1-9]", metrics, re.MULTILINE)
    assert 'producer_state{state="live"} 1.0' in metrics
    records = stack.records()[before:]
    assert faults(records, first | second) == []
    sources = Counter(json.loads(record.value)["source"] for record in records)
    assert sources["synthetic"] > 0
    assert sources["replay"] >= len(prices.daily("2012-03-01"))
    settings = json.loads(stack.compose("config", "--format", "json").stdout)
    assert settings["services"]["spark-job"]["environment"]["WATERMARK_DELAY"] == "5 seconds"
