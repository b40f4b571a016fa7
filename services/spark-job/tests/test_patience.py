"""What takes long is told while it does, and nothing else is."""

from threading import Event

import pytest

from spark_job.monitoring.patience import told

LONG_S = 3600.0


def test_what_takes_long_is_told_again_and_again():
    said, often = [], Event()

    def waiting(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            often.set()

    with told(waiting, "waiting for the store", patience_s=0.001, every_s=0.001):
        assert often.wait(20)
    assert set(said) == {"waiting for the store"}


def test_what_is_done_soon_is_not_told():
    said = []
    with told(said.append, "waiting for the store", patience_s=LONG_S):
        pass
    assert said == []


def test_what_fails_is_told_no_longer():
    said = []
    with pytest.raises(OSError, match="full"), told(said.append, "", patience_s=LONG_S):
        raise OSError("full")
    assert said == []
