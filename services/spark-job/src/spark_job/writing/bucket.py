"""Creates the bucket of `AGGREGATES_URI` if it is missing, in the store of `compose.s3.yaml`."""

import sys

from pyarrow import fs

from contracts.location import Location, LocationSettings
from contracts.object_store import StoreError, file_system, readable_errors
from contracts.settings import EXIT_CODE, SettingError, load


def make_bucket(location: Location) -> None:
    """Create the bucket of a location; raises `StoreError`."""
    bucket = location.key.partition("/")[0]
    with readable_errors(location):
        system, _ = file_system(location, may_make_buckets=True)
        if system.get_file_info(bucket).type == fs.FileType.NotFound:
            system.create_dir(bucket)


def main() -> int:
    """Create it, unless the place is on the volume. Gives 1 if the store refuses.

    Other settings of the job are not looked at: page and gateway wait for the bucket too.
    """
    try:
        location = load(LocationSettings).location
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line for a person
        return EXIT_CODE
    try:
        if location.is_remote:
            make_bucket(location)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line for a person
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
