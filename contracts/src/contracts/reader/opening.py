"""Opens the dataset that the settings name."""

from pathlib import Path

from contracts.location import Location
from contracts.reader.folder import Folder
from contracts.reader.source import Source

type Place = Path | Location
"""Where the dataset lies; a path is a folder of plain files."""


def open_source(place: Place) -> Source:
    """Give what reads the dataset; nothing is asked of it yet."""
    if isinstance(place, Path):
        return Folder(place)
    # These only where they are used: they are large.
    if place.format == "delta":
        from contracts.reader.table import Table  # noqa: PLC0415

        return Table(place)
    if place.is_remote:
        from contracts.reader.objects import Objects  # noqa: PLC0415

        return Objects(place)
    return Folder(Path(place.uri))
