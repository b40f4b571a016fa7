"""A job that waits for its cluster says for what, and asks anew where it has been forgotten."""

import socket
from collections.abc import Iterator

import pytest
from clocks import Clock

from spark_job.errors import ClusterLostError
from spark_job.monitoring.cluster import Cluster, look_up_master
from spark_job.reading.broker import NotReadyError


@pytest.fixture
def master() -> Iterator[str]:
    """A master that answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"spark://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def nowhere() -> str:
    """The address of a master that is away."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"spark://127.0.0.1:{server.getsockname()[1]}"


def test_a_master_is_there_once_it_listens(master, nowhere):
    look_up_master(master)
    with pytest.raises(NotReadyError, match=r"^the cluster: no master at 127\.0\.0\.1:[0-9]+$"):
        look_up_master(nowhere)


def test_of_several_masters_one_is_enough(master, nowhere):
    both = f"{nowhere},{master.removeprefix('spark://')}"
    look_up_master(both)


@pytest.mark.parametrize("address", ["local[*]", "yarn", "k8s://https://127.0.0.1:1"])
def test_only_a_master_of_sparks_own_is_asked(address):
    look_up_master(address)


def test_a_job_on_one_machine_lacks_nobody():
    cluster = Cluster("local[*]", lambda: 0, "1g")
    assert cluster.missing() is None
    assert cluster.executors is None


def test_how_many_work_for_it_is_known_from_each_look(master):
    workers = [1, 0, 2]
    cluster = Cluster(master, workers.pop, "1g")
    seen = []
    for _ in range(3):
        cluster.missing()
        seen.append(cluster.executors)
    assert seen == [2, 0, 1]


def test_without_workers_the_job_says_what_it_waits_for(master, nowhere):
    assert Cluster(master, lambda: 0, "2g").missing() == (
        "the cluster: no worker with a free core and 2g of memory"
    )
    address = nowhere.removeprefix("spark://")
    assert Cluster(nowhere, lambda: 0, "2g").missing() == (
        f"the cluster: no master at {address}, and no worker"
    )
    assert Cluster(nowhere, lambda: 1, "2g").missing() is None


def test_a_job_that_a_master_has_given_no_worker_for_two_minutes_asks_anew(master):
    clock = Clock()
    cluster = Cluster(master, lambda: 0, "1g", clock)
    assert cluster.missing()
    clock.now_s = 120.0
    assert cluster.missing()
    clock.now_s = 120.1
    with pytest.raises(ClusterLostError, match=r"^the cluster has given no worker for 120 s: a"):
        cluster.missing()


def test_the_two_minutes_begin_anew_with_each_worker(master):
    clock, workers = Clock(), [0, 1, 0]
    cluster = Cluster(master, workers.pop, "1g", clock)
    assert cluster.missing()
    clock.now_s = 100.0
    assert cluster.missing() is None
    clock.now_s = 200.0
    assert cluster.missing()


def test_where_no_master_answers_there_is_nobody_to_ask_anew(nowhere):
    clock = Clock()
    cluster = Cluster(nowhere, lambda: 0, "1g", clock)
    assert cluster.missing()
    clock.now_s = 1000.0
    assert cluster.missing()


def test_another_clusters_manager_is_left_to_find_workers():
    clock = Clock()
    cluster = Cluster("yarn", lambda: 0, "1g", clock)
    assert cluster.missing()
    clock.now_s = 1000.0
    assert cluster.missing()
