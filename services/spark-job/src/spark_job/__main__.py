"""Runs the job; the exit code says what ended it."""

import logging
import sys
from pathlib import Path

import structlog

from contracts import volume
from contracts.logs import configure
from contracts.settings import EXIT_CODE, SettingError, load
from spark_job.app import Places, run
from spark_job.errors import JobError
from spark_job.settings import JobSettings

_PLACES = Places(
    aggregates=Path(volume.AGGREGATES),
    checkpoints=Path(volume.CHECKPOINTS),
    status=Path(volume.STATUS),
    alive=Path("/tmp/alive"),  # noqa: S108 - the container's own
)


def main() -> int:
    """Run the job; 0 after a stop that was asked for, 1 if a restart may help, 2 if none does."""
    try:
        settings = load(JobSettings)
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201 - there is no logging yet
        return EXIT_CODE
    configure("spark-job")
    logging.captureWarnings(True)  # noqa: FBT003 - the library has no name for it
    logging.getLogger("py4j").setLevel(logging.CRITICAL)  # what it meets comes back as an error
    try:
        run(settings, _PLACES)
    except JobError as error:
        structlog.get_logger().error(str(error))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
