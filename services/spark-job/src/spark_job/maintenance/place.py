"""Chooses what maintains the dataset that the settings name."""

from datetime import timedelta

from contracts.location import Location
from spark_job.maintenance.maintainer import Maintainer
from spark_job.maintenance.schedule import Maintains
from spark_job.maintenance.stored import disk_of


def maintainer_of(location: Location, retention: timedelta) -> Maintains:
    """Give what keeps a dataset in order."""
    if location.format == "delta":
        # Only where it is used: it is large.
        from spark_job.maintenance.table import TableMaintainer  # noqa: PLC0415

        return TableMaintainer(location, retention)
    return Maintainer(disk_of(location), retention)
