"""Reads from Spark's checkpoint how far its query has come.

The format is that of Spark 3.5 (``OffsetSeqLog``, ``KafkaSourceInitialOffsetWriter``): a folder
``offsets`` with a file a batch, named by its number, in it a line of version, a line of settings
and a line for each source with the offsets up to which the batch reads; a folder ``commits`` with
a file for each batch that is done; and ``sources/0/0``, the offsets at which batch 0 began.
"""

from pathlib import Path

import msgspec

from spark_job.errors import CheckpointError

type Offsets = dict[int, int]
"""Partition to offset."""

_decode = msgspec.json.Decoder(dict[str, dict[int, int]], strict=False).decode


def next_offsets(query: Path, topic: str) -> Offsets | None:
    """Tell for each partition the first offset that no finished batch has read.

    None where the query has not planned a batch yet. Raises `CheckpointError` for what cannot be
    read.
    """
    if not _batches(query / "offsets"):
        return None
    done = _batches(query / "commits")
    source = query / "offsets" / str(max(done)) if done else query / "sources" / "0" / "0"
    try:
        line = source.read_text().splitlines()[-1]
        return _decode(line.removeprefix("v1"))[topic]
    except (OSError, UnicodeDecodeError, IndexError, KeyError, msgspec.DecodeError) as error:
        raise CheckpointError(
            f"{source} cannot be read ({error}): restore it, or begin anew (make reset)"
        ) from None


def query_id(query: Path) -> str:
    """Read the id that Spark gave the query with its first start and that names its files."""
    metadata = msgspec.json.decode((query / "metadata").read_bytes(), type=dict[str, str])
    return metadata["id"]


def _batches(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return [int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()]
