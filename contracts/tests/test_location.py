"""Where the dataset lies, as the settings say it, and what its store's errors are in words."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from deltalake import DeltaTable

from contracts.location import Location, LocationSettings
from contracts.object_store import StoreError, delta_table, error_text, readable_errors
from contracts.settings import SettingError, load

REMOTE = Location("s3a://bucket/some/prefix/", "delta", "http://s3:7070", "name", "key")


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def settings(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load(LocationSettings)


def test_by_default_it_is_the_folder_on_the_volume(monkeypatch):
    assert settings(monkeypatch).location == Location("/data/aggregates", "parquet")
    assert settings(monkeypatch).store_secrets == []


def test_a_bucket_has_its_keys(monkeypatch):
    found = settings(
        monkeypatch,
        AGGREGATES_URI="s3a://bucket/some/prefix/",
        AGGREGATES_FORMAT="delta",
        S3_ENDPOINT="http://s3:7070",
        S3_ACCESS_KEY="name",
        S3_SECRET_KEY="key",
    )
    assert found.location == REMOTE
    assert (found.location.is_remote, found.location.key) == (True, "bucket/some/prefix")
    assert "name" not in repr(found.location)
    assert found.store_secrets == ["key"]


@pytest.mark.parametrize(
    "address", ["http://s3:65535", "https://s3.eu-central-1.amazonaws.com", "http://[::1]:7070"]
)
def test_the_store_is_at_any_address_that_there_can_be(monkeypatch, address):
    assert settings(monkeypatch, S3_ENDPOINT=address).location.endpoint == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AGGREGATES_URI", "aggregates"),
        ("AGGREGATES_URI", "s3a://"),
        ("AGGREGATES_URI", "gs://bucket"),
        ("AGGREGATES_FORMAT", "iceberg"),
        ("S3_ENDPOINT", "s3:7070"),
        ("S3_ENDPOINT", "http://s3:65536"),
        ("S3_ENDPOINT", "http://s3:0"),
        ("S3_ENDPOINT", "http://s3:port"),
        ("S3_ENDPOINT", "http://:7070"),
        ("S3_ENDPOINT", "http://s 3"),
        ("S3_ENDPOINT", "http://[s3"),
        ("S3_ACCESS_KEY", "name"),
    ],
)
def test_what_cannot_be_right_is_named(monkeypatch, name, value):
    with pytest.raises(SettingError, match=name):
        settings(monkeypatch, **{name: value})


def test_delta_rs_gets_an_address_and_what_opens_it():
    uri, options = delta_table(REMOTE)
    assert uri == "s3://bucket/some/prefix"
    assert options["AWS_ENDPOINT_URL"] == "http://s3:7070"
    assert options["AWS_ALLOW_HTTP"] == "true"
    assert delta_table(Location("/data/aggregates", "delta")) == ("/data/aggregates", {})


@contextmanager
def nothing_there():
    """Serve an answer that what is asked for is not there; gives the port, and what was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_delta_rs_asks_the_store_itself_where_feeds_have_a_proxy(monkeypatch, host):
    with nothing_there() as (store, asked), nothing_there() as (proxy, of_proxy):
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        location = Location("s3a://bucket/x", "delta", f"http://{host}:{store}", "name", "key")
        uri, options = delta_table(location)
        with pytest.raises(Exception, match="404"):
            DeltaTable(uri, storage_options=options)
    assert asked[0] == "/bucket/x/_delta_log/_last_checkpoint"
    assert of_proxy == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("AWS Error ACCESS_DENIED during PutObject operation", "refuses the keys"),
        ("AWS Error SIGNATURE_DOES_NOT_MATCH during ListObjectsV2", "refuses the keys"),
        ("Server returned non-2xx status code: 403 Forbidden", "refuses the keys"),
        ("AWS Error NETWORK_CONNECTION: curlCode: 7", "does not answer"),
        ("error sending request: tcp connect error", "does not answer"),
        (
            "NETWORK_CONNECTION: curlCode: 60; OpenSSL verify result: certificate has expired (10)",
            "has a certificate that is refused: certificate has expired",
        ),
        (
            "error sending request\n \x1b[31m↳\x1b[0m invalid peer certificate\n   ↳ UnknownIssuer",
            "has a certificate that is refused: UnknownIssuer",
        ),
        ("NoSuchBucket: The specified bucket does not exist", "has no bucket bucket"),
        ("status code 507: InsufficientStorage", "is full"),
        ("something else", "fails: something else"),
    ],
)
def test_an_error_of_the_store_is_one_sentence_without_the_keys(error, said):
    line = error_text(OSError(error), REMOTE)
    assert line.startswith(f"the object store at http://s3:7070 {said}")


def test_what_is_missing_is_no_failure_of_the_store():
    with pytest.raises(FileNotFoundError), readable_errors(REMOTE):
        raise FileNotFoundError("Path does not exist")
    with pytest.raises(StoreError, match="has no bucket"), readable_errors(REMOTE):
        raise FileNotFoundError("Bucket 'bucket' not found")
