"""Reads the settings, runs the producer, and maps what ended it to an exit code."""

import asyncio
import logging
import sys
from pathlib import Path

import stamina

from contracts import volume
from contracts.logs import configure
from contracts.settings import EXIT_CODE, SettingError, load
from producer.app import App, Outputs
from producer.clock import Clock
from producer.errors import InputError
from producer.feeds import Places
from producer.settings import ProducerSettings

_OUTPUTS = Outputs(
    Places(Path(volume.STATE), Path(volume.STATUS), Path("/replay")),
    alive=Path("/tmp/alive"),  # noqa: S108 - the container's own
)


def main() -> int:
    """Run the producer; 0 after a stop that was asked for, 2 for settings that cannot be right."""
    try:
        settings = load(ProducerSettings)
        configure("producer", settings.secrets)
        # These repeat themselves at every attempt; the publisher says it once.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        stamina.instrumentation.set_on_retry_hooks(())
        asyncio.run(App(settings, _OUTPUTS, Clock()).run())
    except (SettingError, InputError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line for a person
        return EXIT_CODE
    return 0
