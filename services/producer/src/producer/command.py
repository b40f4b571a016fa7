"""Reads the settings, runs the producer, and maps what ended it to an exit code."""

import asyncio
import logging
import os
import re
import sys
from pathlib import Path

from contracts import volume
from contracts.clock import Clock
from contracts.logs import configure
from contracts.settings import EXIT_CODE, SettingError, load
from contracts.status import ProducerDetails, report_failure
from producer.app import App, Outputs
from producer.feeds import Places
from producer.settings import OTHERS, ProducerSettings

_OUTPUTS = Outputs(
    Places(volume.STATE, volume.STATUS, volume.SCRATCH, Path("/replay")),
    liveness_file=Path("/tmp/alive"),  # noqa: S108 - the container's own
)


def main() -> int:
    """Run the producer; 0 after a stop that was asked for, 2 for settings that cannot be right."""
    settings = ProducerSettings.model_construct()
    try:
        settings = load(ProducerSettings)
        configure("producer", settings.log_level, settings.secrets)
        # It repeats itself at every attempt; the publisher says it once.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        asyncio.run(App(settings, _OUTPUTS, Clock()).run())
    except SettingError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - one line for a person
        details = ProducerDetails(feed=settings.feed_name, run_id="", topic=settings.kafka_topic)
        report_failure(_OUTPUTS.places.status, _name(), str(error), Clock().now(), details)
        return EXIT_CODE
    return 0


def _name() -> str:
    """Name the status file, also where the name is what cannot be right: no path, no other's."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", os.environ.get("PRODUCER_NAME", "")).lstrip("_-")[:63]
    if not name or name in OTHERS:
        return ProducerSettings.model_construct().producer_name
    return name
