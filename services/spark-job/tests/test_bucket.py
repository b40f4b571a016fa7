from spark_job.writing import bucket


def test_a_store_that_does_not_answer_is_one_line_and_another_attempt_may_help(monkeypatch, capsys):
    monkeypatch.setenv("AGGREGATES_URI", "s3a://market-data/aggregates")
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("S3_ACCESS_KEY", "name")
    monkeypatch.setenv("S3_SECRET_KEY", "not-to-be-seen")
    assert bucket.main() == 1
    said = capsys.readouterr().err
    assert said == "the object store at http://127.0.0.1:1 does not answer\n"


def test_a_place_on_the_volume_needs_no_bucket(monkeypatch):
    monkeypatch.setenv("AGGREGATES_URI", "/data/aggregates")
    assert bucket.main() == 0
