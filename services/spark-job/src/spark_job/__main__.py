"""Runs the job; its exit code says why it ended."""

import logging
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import structlog

from contracts import volume
from contracts.logs import configure
from contracts.settings import EXIT_CODE, SettingError, load
from contracts.status import JOB, report_failure
from spark_job.app import App, Places, details_of
from spark_job.errors import JobError
from spark_job.settings import JobSettings

_log = structlog.get_logger()

_PLACES = Places(
    checkpoints=volume.CHECKPOINTS,
    status=volume.STATUS,
    alive=Path("/tmp/alive"),  # noqa: S108 - the container's own
)


def main() -> int:
    """Run the job; 0 after a requested stop, 1 if a restart may help, 2 if it does not."""
    try:
        settings = load(JobSettings)
    except SettingError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - there is no logging yet
        defaults = details_of(JobSettings.model_construct())
        report_failure(_PLACES.status, JOB, str(error), datetime.now(UTC), defaults)
        return EXIT_CODE
    configure(JOB, settings.log_level, settings.store_secrets)
    logging.captureWarnings(True)  # noqa: FBT003 - the library has no name for it
    # What these meet comes back as an error.
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", "toPandas attempted Arrow optimization", UserWarning)
    try:
        App(settings, _PLACES).run()
    except JobError as error:
        _log.error(str(error))
        _log.debug("where it comes from", exc_info=error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
