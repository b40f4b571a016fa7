"""Reads the settings, runs the gateway, and maps what ended it to an exit code."""

import asyncio
import logging
import sys
from pathlib import Path

from contracts import volume
from contracts.logs import configure
from contracts.settings import EXIT_CODE, SettingError, load
from contracts.status import GatewayDetails, report_failure
from gateway.app import App
from gateway.clock import Clock
from gateway.errors import InputError
from gateway.settings import GatewaySettings


def main() -> int:
    """Run the gateway; 0 after a stop that was asked for, 2 for settings that cannot be right."""
    try:
        settings = load(GatewaySettings)
        configure("gateway", settings.log_level, settings.secrets)
        # These repeat themselves at every attempt; the followers say it once.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        # Of connections that end; what fails while a request is answered is said by `serving`.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        asyncio.run(App(settings, Clock()).run())
    except (SettingError, InputError) as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - one line for a person
        details = GatewayDetails(topics={})
        report_failure(Path(volume.STATUS), "gateway", str(error), Clock().now(), details)
        return EXIT_CODE
    return 0
