"""A one-shot: makes the topics, and adds to those that are there what settings ask for more of."""

import asyncio
import logging
import sys

import stamina
from aiokafka.errors import KafkaConnectionError, KafkaError
from stamina.instrumentation import RetryDetails

from contracts.settings import EXIT_CODE, SettingError, load
from topic_init.apply import apply
from topic_init.broker import connect
from topic_init.settings import TopicInitSettings


def main() -> int:
    """Run it; 1 where another attempt may help, 2 where a person has to act."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)  # what matters comes as an error
    try:
        settings = load(TopicInitSettings)
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line for a person
        return EXIT_CODE
    stamina.instrumentation.set_on_retry_hooks((_Waiting(settings.kafka_bootstrap_servers),))
    try:
        asyncio.run(_run(settings))
    except (KafkaError, OSError) as error:
        print(_line(settings.kafka_bootstrap_servers, error), file=sys.stderr)  # noqa: T201
        return 1
    return 0


class _Waiting:
    """Says why it tries again, once each time that this is something else."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._said = ""

    def __call__(self, details: RetryDetails) -> None:
        line = f"{_line(self._servers, details.caused_by)}: trying again"
        if line != self._said:
            self._said = line
            print(line, file=sys.stderr)  # noqa: T201 - for a person


def _line(servers: str, error: Exception) -> str:
    # Where nobody answers, the library's error says no more than that.
    why = "no answer" if isinstance(error, KafkaConnectionError) else error
    return f"brokers at {servers}: {why}"


async def _run(settings: TopicInitSettings) -> None:
    async with connect(settings.kafka) as broker:
        async for line in apply(
            broker, settings.kafka_topic, settings.kafka_partitions, settings.kafka_replicas
        ):
            print(line, flush=True)  # noqa: T201 - for a person


if __name__ == "__main__":
    sys.exit(main())
