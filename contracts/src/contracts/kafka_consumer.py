"""Makes a consumer that follows a topic: of no consumer group, and nothing is committed.

It needs aiokafka, which the services that talk to a broker by it have.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer

from contracts.kafka import Kafka

_STOP_S = 1.0


@asynccontextmanager
async def following_consumer(kafka: Kafka) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a consumer that is not started yet, and stop it in the end, within a second."""
    consumer = AIOKafkaConsumer(
        **kafka.for_aiokafka(),
        auto_offset_reset="earliest",  # where retention overtakes the reading, it goes on behind it
        enable_auto_commit=False,
    )
    try:
        yield consumer
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                # gathered: with the broker gone it ends with its own inner task's cancellation
                await asyncio.gather(consumer.stop(), return_exceptions=True)
