"""The windows of the dataset, compact and up to date, and the status files."""

from dashboard.store.bars import Bars
from dashboard.store.follower import Follower
from dashboard.store.keys import Key
from dashboard.store.merging import merge
from dashboard.store.rows import read_rows
from dashboard.store.snapshot import Newest, Snapshot
from dashboard.store.store import Store

__all__ = [
    "Bars",
    "Follower",
    "Key",
    "Newest",
    "Snapshot",
    "Store",
    "merge",
    "read_rows",
]
