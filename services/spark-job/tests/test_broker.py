"""A broker that is away is reported, in bounded time."""

import itertools
import socket

import pytest

from spark_job.reading.broker import NotReadyError, look_up, waits_s


def test_a_broker_that_is_away_is_reported_by_its_address():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(NotReadyError, match=address):
            look_up(address, "raw", timeout_s=0.2)


def test_the_waits_grow_up_to_a_limit():
    assert list(itertools.islice(waits_s(), 7)) == [1, 2, 4, 8, 15, 15, 15]
