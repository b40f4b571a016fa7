"""What the status file says of a job that cannot start, and of its restarts."""

from pathlib import Path

import pytest
from records import at

from contracts.status import JobDetails, StatusWriter, read_job
from spark_job import __main__ as command
from spark_job.app import details_of
from spark_job.monitoring.failure import last_failure
from spark_job.settings import JobSettings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "_PLACES", command._PLACES._replace(status=tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def status(folder: Path):
    return read_job((folder / "spark-job.json").read_bytes())


def write(folder: Path, state: str, error: str | None, details: JobDetails) -> None:
    StatusWriter(folder, "spark-job", lambda: at(5)).write(state, details, error)


def test_a_setting_that_cannot_be_right_is_a_failure_in_the_status_file(folder, monkeypatch):
    monkeypatch.setenv("WINDOW_LENGTH", "a while")
    assert command.main() == 2
    assert status(folder).state == "failed"
    assert status(folder).last_error.startswith("WINDOW_LENGTH: got 'a while', takes a number and")
    assert status(folder).details.window_length == "1 minute"


def test_a_failure_leaves_what_the_run_before_has_reported(folder, monkeypatch):
    before = details_of(JobSettings(_env_file=None, window_length="10 seconds"))
    write(folder, "stopped", None, before)
    monkeypatch.setenv("WINDOW_SLIDE", "0 seconds")
    assert command.main() == 2
    assert (status(folder).state, status(folder).details) == ("failed", before)


def test_a_status_file_that_cannot_be_written_does_not_hide_the_setting(
    folder, monkeypatch, capsys
):
    (folder / ".spark-job.json.tmp").mkdir()
    monkeypatch.setenv("WINDOW_LENGTH", "a while")
    assert command.main() == 2
    assert capsys.readouterr().err.startswith("WINDOW_LENGTH: got 'a while', takes")


class Configured(BaseException):
    """Comes where logging would be configured, with what for."""


@pytest.mark.usefixtures("folder")
def test_the_log_masks_the_stores_key(monkeypatch):
    def configure(*given):
        raise Configured(*given)

    monkeypatch.setattr(command, "configure", configure)
    monkeypatch.setenv("S3_ACCESS_KEY", "name")
    monkeypatch.setenv("S3_SECRET_KEY", "very-secret")
    with pytest.raises(Configured) as found:
        command.main()
    assert found.value.args == ("spark-job", "info", ["very-secret"])


@pytest.mark.parametrize(
    ("state", "error", "shown"),
    [
        ("failed", "it does not fit", "started again after: it does not fit"),
        ("running", None, None),
        ("stopped", None, None),
        ("starting", "waiting for broker", None),
    ],
)
def test_a_restart_shows_why_the_run_before_failed(tmp_path, state, error, shown):
    write(tmp_path, state, error, details_of(JobSettings(_env_file=None)))
    assert last_failure(tmp_path / "spark-job.json") == shown


def test_the_first_start_has_no_failure_before_it(tmp_path):
    assert last_failure(tmp_path / "spark-job.json") is None
    (tmp_path / "spark-job.json").write_bytes(b"{")
    assert last_failure(tmp_path / "spark-job.json") is None
