"""Runs the page's server; the exit code says what ended it."""

import sys

from contracts.logs import configure
from contracts.settings import EXIT_CODE, SettingError
from dashboard.settings import settings


def main() -> int:
    """Serve the page; 0 after a stop that was asked for, 2 for a setting that cannot be right."""
    try:
        found = settings()
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201 - there is no logging yet
        return EXIT_CODE
    configure("dashboard", found.log_level, found.secrets)
    # Brings Streamlit, which takes seconds: what is wrong with a setting is said before.
    from dashboard.app import run  # noqa: PLC0415

    run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
