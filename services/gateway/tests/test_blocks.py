import gc
import weakref

from hypothesis import given
from hypothesis import strategies as st

from gateway.live.blocks import BLOCK_BYTES, Blocks

SIZES = st.sampled_from(
    [0, 1, 500, BLOCK_BYTES // 3, BLOCK_BYTES - 1, BLOCK_BYTES, 2 * BLOCK_BYTES]
)


@given(st.lists(SIZES, max_size=12))
def test_each_message_is_read_as_it_was_kept(sizes: list[int]) -> None:
    messages = [bytes([number]) * size for number, size in enumerate(sizes)]
    blocks = Blocks()
    places = [blocks.keep(message) for message in messages]
    assert [place.read() for place in places] == messages


def test_a_block_is_given_back_with_the_last_message_in_it() -> None:
    blocks = Blocks()
    first, second, third = (blocks.keep(bytes(BLOCK_BYTES // 2)) for _ in range(3))
    block = weakref.ref(first.block)
    assert second.block is first.block
    assert third.block is not first.block
    del first
    gc.collect()
    assert block() is not None
    del second
    gc.collect()
    assert block() is None
