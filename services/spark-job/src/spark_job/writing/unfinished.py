"""Takes away what batches have written that nobody will finish."""

from collections.abc import Iterable
from pathlib import Path

from contracts.files import sync_folder
from spark_job.maintenance.files import date_folders
from spark_job.writing.sink import file_name


def remove_unfinished(directory: Path, query_id: str, batches: Iterable[int]) -> None:
    """Remove the files of a query's batches from every date below `directory`; raises `OSError`."""
    names = [file_name(query_id, batch) for batch in batches]
    for folder in date_folders(directory):
        there = [folder / name for name in names if (folder / name).exists()]
        for file in there:
            file.unlink()
        if there:
            sync_folder(folder)
