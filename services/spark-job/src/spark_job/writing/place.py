"""Opens the dataset that the settings name."""

from contracts.location import Location
from spark_job.writing.dataset import Dataset
from spark_job.writing.files import files_of
from spark_job.writing.parquet import ParquetDataset


def open_dataset(location: Location) -> Dataset:
    """Give the dataset of a location; raises `OSError` if it cannot be reached."""
    if location.format == "delta":
        # Only where it is used: it is large.
        from spark_job.writing.delta import DeltaDataset  # noqa: PLC0415

        return DeltaDataset(location)
    return ParquetDataset(files_of(location))
