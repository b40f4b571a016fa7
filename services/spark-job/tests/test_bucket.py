from spark_job.writing import bucket


def test_a_store_that_does_not_answer_is_one_line_and_another_attempt_may_help(monkeypatch, capsys):
    monkeypatch.setenv("AGGREGATES_URI", "s3a://market-data/aggregates")
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("S3_ACCESS_KEY", "name")
    monkeypatch.setenv("S3_SECRET_KEY", "not-to-be-seen")
    assert bucket.main() == 1
    said = capsys.readouterr().err
    assert said == "the object store at http://127.0.0.1:1 does not answer\n"


def test_a_place_on_the_volume_needs_no_bucket_whatever_windows_are_set(monkeypatch):
    monkeypatch.setenv("AGGREGATES_URI", "/data/aggregates")
    monkeypatch.setenv("WINDOW_SLIDE", "7 seconds")
    assert bucket.main() == 0


def test_a_setting_of_the_place_that_cannot_be_right_is_one_line(monkeypatch, capsys):
    monkeypatch.setenv("AGGREGATES_FORMAT", "csv")
    assert bucket.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("AGGREGATES_FORMAT")
    assert said.count("\n") == 1
