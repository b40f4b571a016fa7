"""The client without a broker; with one it is in ``tests/``."""

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from producer import kafka

NOBODY = "127.0.0.1:9"


async def test_no_batch_grows_too_old_to_be_sent_again():
    producer = kafka.new_producer(NOBODY)
    accumulator = producer._message_accumulator
    batch = accumulator._append_batch(accumulator.create_builder(), TopicPartition("t", 0))
    batch._ctime -= 86_400
    assert not batch.expired()
    await kafka._abandon(producer)


async def test_where_nobody_answers_it_says_so():
    with pytest.raises(KafkaConnectionError, match="9"):
        async with kafka.connect(NOBODY, "t"):
            pass
