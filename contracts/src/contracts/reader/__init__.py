"""Reads the dataset, wherever it lies and as what: days of files, and their rows.

Needs ``pyarrow``, and for a Delta table ``deltalake``, which a service that reads the dataset
depends on.
"""

from contracts.reader.opening import open_source
from contracts.reader.retry import retry_merged
from contracts.reader.source import DatasetError, Fingerprint, Settled, Source, Span, Wanted

__all__ = [
    "DatasetError",
    "Fingerprint",
    "Settled",
    "Source",
    "Span",
    "Wanted",
    "open_source",
    "retry_merged",
]
