"""Combinations of overlays: compose accepts each of them, and stacks with them run."""

import json
import re
import ssl
import time
from contextlib import suppress
from itertools import combinations
from urllib.error import URLError
from urllib.request import urlopen

import compose_files
import pytest
from cluster import at_work, executors, kill
from overlays import QUICKLY_S, files, parts, start
from stack import CHECKOUT
from waiting import wait_for

pytestmark = pytest.mark.scale

OVERLAYS = ("brokers", "cluster", "s3", "secure")
COMBINATIONS = [it for count in range(1, 5) for it in combinations(OVERLAYS, count)]
ALL = OVERLAYS
GIB = 2**30
STORE_AWAY_S = 60
SHORT = {"kafka-access", "bucket-init", "secure-init", "topic-init", "volume-init"}
ON_DEMAND = {"debug-consumer", "sql"}


@pytest.fixture(scope="module", params=COMBINATIONS, ids="+".join)
def combined(request):
    """Give a combination, and its services."""
    return request.param, compose_files.services(*parts(request.param))


def test_a_combination_has_the_services_of_each_of_its_overlays(combined):
    overlays, services = combined
    brought = {
        "brokers": {"kafka-2", "kafka-3", "zookeeper-2", "zookeeper-3"},
        "cluster": {"spark-master", "spark-worker"},
        "s3": {"s3", "bucket-init"},
        "secure": {"secure-init", "kafka-access", "login"},
    }
    for name, those in brought.items():
        assert those <= services.keys() if name in overlays else not those & services.keys()


def test_no_two_services_of_a_combination_are_published_at_one_port(combined):
    _, services = combined
    ports = [port["published"] for it in services.values() for port in it.get("ports", [])]
    assert len(ports) == len(set(ports)) > 0


def test_who_speaks_to_kafka_knows_all_brokers_there_are_and_speaks_as_they_do(combined):
    overlays, services = combined
    brokers = ["kafka:29092"]
    if "brokers" in overlays:
        brokers += ["kafka-2:29092", "kafka-3:29092"]
    for name in ("producer", "spark-job", "gateway", "debug-consumer"):
        environment = services[name]["environment"]
        assert environment["KAFKA_BOOTSTRAP_SERVERS"] == ",".join(brokers)
        assert ("KAFKA_SECURITY_PROTOCOL" in environment) == ("secure" in overlays)
    for broker in (it.partition(":")[0] for it in brokers):
        listeners = services[broker]["environment"]["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]
        spoken = {it.partition(":")[2] for it in listeners.split(",")}
        assert spoken == ({"SASL_SSL"} if "secure" in overlays else {"PLAINTEXT"})


def test_where_it_is_secure_zookeeper_is_for_brokers_alone(combined):
    overlays, services = combined
    within = {name for name, it in services.items() if "zookeeper" in it.get("networks", {})}
    those = {name for name in services if re.fullmatch(r"(zookeeper|kafka)(-\d)?", name)}
    assert within == (those if "secure" in overlays else set())


def test_where_it_is_secure_each_service_sees_its_own_secrets_alone(combined):
    overlays, services = combined
    folders = {
        name: volume["source"].rpartition("/")[2]
        for name, it in services.items()
        for volume in it.get("volumes", [])
        if volume["target"] == "/run/secrets"
    }
    assert folders == (own_secrets(overlays) if "secure" in overlays else {})


def own_secrets(overlays):
    """Give the folder of each service that has secrets."""
    names = ["producer", "spark-job", "gateway", "debug-consumer", "topic-init", "login", "kafka"]
    if "s3" in overlays:
        names += ["s3", "dashboard", "sql"]
    found = {name: name for name in names}
    if "brokers" in overlays:
        found |= {"kafka-2": "kafka", "kafka-3": "kafka"}
    if "cluster" in overlays:
        found |= {"spark-worker": "spark-job"}
    if "s3" in overlays:
        found |= {"bucket-init": "spark-job"}
    return found


def test_who_reads_or_writes_the_windows_finds_them_in_one_place(combined):
    overlays, services = combined
    names = ("spark-job", "dashboard", "gateway", "sql")
    (place,) = {
        (it["AGGREGATES_URI"], it["AGGREGATES_FORMAT"], it["S3_ENDPOINT"])
        for it in (services[name]["environment"] for name in names)
    }
    endpoint = "https://s3:7070" if "secure" in overlays else "http://s3:7070"
    store = ("s3a://market-data/aggregates", "delta", endpoint)
    assert place == (store if "s3" in overlays else ("", "", ""))


def test_only_who_reads_or_writes_the_windows_has_the_key_of_the_store(combined):
    overlays, services = combined
    names = ("S3_SECRET_KEY", "ROOT_SECRET_KEY")
    having = {
        service
        for service, it in services.items()
        if any(it.get("environment", {}).get(name) for name in names)
    }
    those = {"s3", "bucket-init", "spark-job", "dashboard", "gateway", "sql"}
    assert having == (those if "s3" in overlays else set())


def memory_limits(*overlays):
    """Add up the memory limits of the containers that run all the time, in bytes."""
    return sum(
        int(it["mem_limit"]) * it.get("scale", 1)
        for name, it in compose_files.services(*parts(overlays)).items()
        if name not in SHORT | ON_DEMAND
    )


def test_the_default_stack_takes_no_more_memory_than_the_readme_says():
    (gib,) = re.findall(r"up to ([\d.]+) GiB", (CHECKOUT / "README.md").read_text())
    assert round(memory_limits() / GIB, 1) == float(gib)


def test_all_overlays_together_have_room_on_a_machine_of_24_gib():
    assert memory_limits(*ALL) < 20 * GIB


def test_each_document_names_combinations_that_there_are():
    known = {files(it) for it in COMBINATIONS}
    for name in ("README.md", "docs/scaling.md", "docs/security.md"):
        text = (CHECKOUT / name).read_text()
        named = set(re.findall(r"compose\.yaml(?::compose\.[\w-]+\.yaml)+", text))
        assert named
        assert named <= known


@pytest.mark.long
def test_with_three_brokers_and_users_of_kafka_every_window_is_right(new_stack):
    stack = start(new_stack, ("brokers", "secure"))
    assert stack.check_windows(since=time.time()).doubtful == set()
    stack.close()


@pytest.mark.long
def test_workers_read_a_kafka_that_wants_a_password(new_stack):
    stack = start(new_stack, ("cluster", "secure"))
    assert stack.check_windows(since=time.time()).doubtful == set()
    assert executors(stack)["driver"]["totalTasks"] == 0
    assert at_work(stack)
    password = (stack.folder / "volumes/secure/spark-job/password").read_text()
    assert password not in json.dumps(stack.containers_of())
    for worker in stack.containers_of("spark-worker"):
        assert password not in stack.log_of(worker["Id"])
    stack.close()


@pytest.fixture(scope="module")
def stack(new_stack):
    return start(new_stack, ALL)


@pytest.mark.long
def test_all_together_every_window_is_right_and_in_the_store(stack):
    assert stack.check_windows(since=time.time()).doubtful == set()
    assert executors(stack)["driver"]["totalTasks"] == 0
    assert not list((stack.data / "aggregates").rglob("*.parquet"))
    assert stack.restarts() == dict.fromkeys(stack.containers(), 0)


@pytest.mark.long
def test_the_shell_reads_the_store_by_tls(stack):
    query = ".mode csv\nSELECT count(*) FROM windows"
    shell = stack.shell("bash", "-c", 'printf %s "$0" | make sql', query).stdout
    assert int(shell.split()[-1]) > 0


@pytest.mark.long
def test_the_store_speaks_tls_alone_to_those_who_trust_the_stack_s_authority(stack):
    address = f"localhost:{stack.environment['S3_HOST_PORT']}/health"
    with suppress(OSError):
        pytest.fail(f"it answers in plain text: {urlopen(f'http://{address}', timeout=20).status}")
    with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urlopen(f"https://{address}", timeout=20)
    trusting = ssl.create_default_context(cafile=stack.folder / "volumes/secure/ca.pem")
    with urlopen(f"https://{address}", timeout=20, context=trusting) as answer:
        assert answer.status == 200


@pytest.mark.long
def test_a_worker_that_is_killed_gets_a_successor(stack, record_property):
    before = at_work(stack)
    kill(stack.containers_of("spark-worker")[0])
    record_property("a worker killed: to the next window, s", went_on(stack))
    wait_for("its successor", lambda: at_work(stack) - before, QUICKLY_S)


@pytest.mark.long
def test_windows_go_on_where_a_broker_is_killed(stack, record_property):
    stack.compose("kill", "kafka-2")
    record_property("a broker killed: to the next window, s", went_on(stack))
    stack.compose("start", "kafka-2")


@pytest.mark.long
def test_a_store_that_is_away_for_a_minute_is_told_and_waited_for(stack, record_property):
    stack.compose("stop", "s3")
    began = time.monotonic()
    wait_for("the job says so", lambda: "does not answer" in last_error(stack), QUICKLY_S)
    time.sleep(max(0, STORE_AWAY_S - (time.monotonic() - began)))
    stack.compose("start", "s3")
    record_property("the store away for a minute: to the next window, s", went_on(stack))


def last_error(stack):
    return stack.status("spark-job")["last_error"] or ""


def went_on(stack):
    return round(stack.windows_go_on(QUICKLY_S), 1)


@pytest.mark.long
def test_after_all_of_it_every_window_is_right(stack):
    assert stack.check_windows(since=time.time()).doubtful == set()
