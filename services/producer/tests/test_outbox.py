import asyncio

from producer.outbox import Batch, Outbox


async def test_what_was_not_acknowledged_comes_again_as_it_was_divided_before_what_waits():
    loop, outbox, told = asyncio.get_running_loop(), Outbox(), []
    for n in range(4):
        outbox.put([b"IBM"], [b"%d" % n], lambda n=n: told.append(n))
    first, second, third, waiting = outbox.waiting
    batches = [Batch(0, [first]), Batch(1, [second]), Batch(0, [third])]
    outbox.divided(batches)
    deliveries = [loop.create_future(), loop.create_future()]
    for delivery in deliveries:
        outbox.sent(delivery)
    deliveries[0].set_result(None)
    assert outbox.take_back() == 1
    assert list(outbox.batches) == batches[1:]
    assert list(outbox.waiting) == [waiting]
    assert not outbox.in_flight
    assert (outbox.pending, told) == (3, [0])
