"""What the files below the folder of aggregates hold, compact and up to date."""

from dashboard.store.bars import Bars
from dashboard.store.follower import Follower
from dashboard.store.merging import merge
from dashboard.store.reading import Key
from dashboard.store.snapshot import Newest, Snapshot, microseconds_of, moment_of
from dashboard.store.store import Store

__all__ = [
    "Bars",
    "Follower",
    "Key",
    "Newest",
    "Snapshot",
    "Store",
    "merge",
    "microseconds_of",
    "moment_of",
]
