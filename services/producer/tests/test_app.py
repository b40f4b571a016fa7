from datetime import timedelta
from types import SimpleNamespace

import pytest

from producer.app import App, Outputs
from producer.errors import FeedError
from producer.feeds import Places
from producer.feeds.base import FeedStatus
from producer.heartbeat import EventTime
from producer.settings import ProducerSettings


def test_what_a_killed_replay_left_on_the_disk_is_taken_away_under_any_feed(
    tmp_path, time, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # where no settings lie
    for name in ("producer", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sorted.csv").touch()
    outputs = Outputs(Places(*[tmp_path] * 4), liveness_file=tmp_path / "alive")
    App(ProducerSettings(feed="synthetic"), outputs, time.clock())
    assert not (tmp_path / "producer").exists()
    assert (tmp_path / "second" / "sorted.csv").exists()


class Played:
    """A feed that has nothing left to give since an earlier run, and ends or fails."""

    def __init__(self, newest, error):
        self.newest, self._error = newest, error
        self.status = FeedStatus()

    async def blocks(self):
        if self._error:
            raise self._error
        return
        yield


@pytest.mark.parametrize(
    ("error", "state"), [(None, "finished"), (FeedError("a row cannot be used"), "failed")]
)
async def test_event_time_goes_on_from_where_an_earlier_run_came_however_the_feed_ends(
    time, error, state
):
    feed = Played(time.now, error)
    event_time = EventTime(timedelta(0), timedelta(minutes=1), time.clock())
    await App._feed_quotes(SimpleNamespace(_feed=feed, _event_time=event_time))
    assert feed.status.state == state
    assert event_time.now(by_clock=False) == time.now
