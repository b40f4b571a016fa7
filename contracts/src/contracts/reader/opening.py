"""Opens the dataset that the settings name."""

from pathlib import Path

from contracts.location import Location
from contracts.reader.folder import Folder
from contracts.reader.source import Source


def open_source(location: Location) -> Source:
    """Give what reads the dataset; nothing is asked of it yet."""
    # These only where they are used: they are large.
    if location.format == "delta":
        from contracts.reader.table import Table  # noqa: PLC0415

        return Table(location)
    if location.is_remote:
        from contracts.reader.objects import Objects  # noqa: PLC0415

        return Objects(location)
    return Folder(Path(location.uri))
