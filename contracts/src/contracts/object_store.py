"""The object store as pyarrow and delta-rs want it, and what its errors say to people.

Needs ``pyarrow``, which a service that writes or reads the dataset depends on.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from pyarrow import fs

from contracts.location import Location

_CONNECT_S, _REQUEST_S = 5, 20
_PAST_PROXIES = {"proxy_url": "http://none.invalid", "proxy_excludes": "0.0.0.0/0,::/0,*"}
"""So delta-rs takes no proxy of the environment, which is for feeds; pyarrow takes none anyway."""

_REFUSED = re.compile(
    r"ACCESS_?DENIED|INVALID_?ACCESS_?KEY_?ID|SIGNATURE_?DOES_?NOT_?MATCH|NO USER EXISTS"
    r"|XADMINUSERNOTFOUND|FORBIDDEN|\b40[13]\b",
    re.IGNORECASE,
)
_NO_BUCKET = re.compile(r"NO_SUCH_BUCKET|NoSuchBucket|Bucket '.*' not found")
_FULL = re.compile(r"InsufficientStorage|QuotaExceeded|\b507\b|[Nn]o space left|StorageFull")
_SILENT = re.compile(
    r"NETWORK_CONNECTION|curlCode|error sending request|timed? ?out|tcp connect error|dns error",
    re.IGNORECASE,
)
_UNTRUSTED = re.compile(r"verify result: (.+?) \(|invalid peer certificate\W+(\w+)")


class StoreError(OSError):
    """The store of the dataset does not do what is asked; the text says why, in one line."""


def file_system(location: Location, *, may_make_buckets: bool = False) -> tuple[fs.FileSystem, str]:
    """Give the file system of a location and the folder in it that holds the dataset."""
    if not location.is_remote:
        return fs.LocalFileSystem(), location.uri
    scheme, _, host = (location.endpoint or "").partition("://")
    return fs.S3FileSystem(
        access_key=location.access_key,
        secret_key=location.secret_key,
        region=location.region,
        endpoint_override=host or None,
        scheme=scheme or "https",
        connect_timeout=_CONNECT_S,
        request_timeout=_REQUEST_S,
        allow_bucket_creation=may_make_buckets,
        allow_delayed_open=True,  # a small object is one request
        check_directory_existence_before_creation=False,
    ), location.key


def delta_table(location: Location) -> tuple[str, dict[str, str]]:
    """Give the address of a table and its options, as delta-rs takes them."""
    if not location.is_remote:
        return location.uri, {}
    options = {
        "AWS_REGION": location.region,
        "AWS_ENDPOINT_URL": location.endpoint,
        "AWS_ALLOW_HTTP": "true" if (location.endpoint or "").startswith("http:") else None,
        "AWS_ACCESS_KEY_ID": location.access_key,
        "AWS_SECRET_ACCESS_KEY": location.secret_key,
        "aws_conditional_put": "etag",  # of two writers of one version the second is told
        "connect_timeout": f"{_CONNECT_S}s",
        "timeout": f"{_REQUEST_S}s",
        "max_retries": "3",
        **_PAST_PROXIES,
    }
    return f"s3://{location.key}", {name: it for name, it in options.items() if it}


def name_of(location: Location) -> str:
    """Name the store of a location, for people."""
    if location.is_remote:
        return f"the object store at {location.endpoint or 'AWS'}"
    return f"the store of {location.uri}"


@contextmanager
def readable_errors(location: Location) -> Iterator[None]:
    """Raise what the store of a location raises as `StoreError`, or as `FileNotFoundError`."""
    try:
        yield
    except FileNotFoundError as error:
        if not _NO_BUCKET.search(str(error)):
            raise
        raise StoreError(error_text(error, location)) from error
    except (OSError, pa.ArrowException) as error:
        raise StoreError(error_text(error, location)) from error


def error_text(error: Exception, location: Location) -> str:
    """Say in one line what is wrong with the store of a location."""
    said, where = re.sub(r"\x1b\[\d+m", "", str(error)), name_of(location)
    if location.is_remote:
        if why := _UNTRUSTED.search(said):
            return f"{where} has a certificate that is refused: {why[1] or why[2]}"
        if _NO_BUCKET.search(said):
            return f"{where} has no bucket {location.key.partition('/')[0]}"
        if _REFUSED.search(said):
            return f"{where} refuses the keys (S3_ACCESS_KEY, S3_SECRET_KEY) for {location.uri}"
    if _FULL.search(said):
        return f"{where} is full"
    if location.is_remote and _SILENT.search(said):
        return f"{where} does not answer"
    return f"{where} fails: {' '.join(said.split())[:300]}"
