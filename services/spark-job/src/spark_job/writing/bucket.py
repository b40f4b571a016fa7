"""Makes the bucket of `AGGREGATES_URI` where there is none, in a store that is there for trials."""

import sys

from pyarrow import fs

from contracts.location import Location
from contracts.object_store import file_system, in_words
from contracts.settings import load
from spark_job.settings import JobSettings


def make_bucket(location: Location) -> None:
    """Make the bucket of a location; raises `StoreError`."""
    bucket = location.key.partition("/")[0]
    with in_words(location):
        system, _ = file_system(location, may_make_buckets=True)
        if system.get_file_info(bucket).type == fs.FileType.NotFound:
            system.create_dir(bucket)


def main() -> int:
    """Make it; a place on the volume needs none."""
    location = load(JobSettings).location
    if location.is_remote:
        make_bucket(location)
    return 0


if __name__ == "__main__":
    sys.exit(main())
