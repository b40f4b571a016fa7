"""A one-shot: makes the topics, and adds to those that are there what settings ask for more of."""

import asyncio
import logging
import sys

import stamina
from aiokafka.errors import KafkaConnectionError, KafkaError

from contracts.settings import EXIT_CODE, SettingError, load
from topic_init.apply import apply
from topic_init.broker import connect
from topic_init.settings import TopicInitSettings


def main() -> int:
    """Do it; 1 where another attempt may help, 2 where a person has to act."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)  # what matters comes as an error
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        settings = load(TopicInitSettings)
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line for a person
        return EXIT_CODE
    try:
        asyncio.run(_run(settings))
    except (KafkaError, OSError) as error:
        # Where nobody answers, the library's error says no more than that.
        why = "no answer" if isinstance(error, KafkaConnectionError) else error
        print(f"brokers at {settings.kafka_bootstrap_servers}: {why}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _run(settings: TopicInitSettings) -> None:
    async with connect(settings.kafka) as broker:
        async for line in apply(
            broker, settings.kafka_topic, settings.kafka_partitions, settings.kafka_replicas
        ):
            print(line, flush=True)  # noqa: T201 - for a person


if __name__ == "__main__":
    sys.exit(main())
