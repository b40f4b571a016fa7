"""Two one-shots: ``files`` makes certificates and passwords, ``kafka`` tells the broker of them."""

import os
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from access.broker import Broker
from access.errors import BrokerError, FileError
from access.files import PASSWORD, lay_out
from access.rights import rights, users
from contracts.kafka import TopicSettings
from contracts.settings import EXIT_CODE, SettingError, load

_ROOT = Path("/secure")


def main(arguments: list[str] | None = None, root: Path = _ROOT) -> int:
    """Run one of the commands; 1 where another attempt may help, 2 where a person has to act."""
    parser = ArgumentParser(prog="access", description=__doc__)
    parser.add_argument("command", choices=["files", "kafka"])
    command = parser.parse_args(arguments).command
    try:
        if command == "files":
            os.umask(0o077)
            for line in lay_out(root, datetime.now(UTC)):
                print(line)  # noqa: T201 - for a person
        else:
            _tell_kafka(load(TopicSettings), root)
    except (SettingError, FileError, BrokerError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line for a person
        return 1 if isinstance(error, BrokerError) else EXIT_CODE
    return 0


def _tell_kafka(settings: TopicSettings, root: Path) -> None:
    broker = Broker(settings.kafka)
    names = users(settings.kafka_topic)
    broker.set_passwords({name: (root / name / PASSWORD).read_text() for name in names})
    broker.set_rights(rights(settings.kafka_topic))


if __name__ == "__main__":
    sys.exit(main())
