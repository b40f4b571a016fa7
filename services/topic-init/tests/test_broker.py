from types import SimpleNamespace

import pytest
import stamina
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidPartitionsError,
    NotControllerError,
    RequestTimedOutError,
    UnknownError,
)
from aiokafka.protocol.admin import (
    AlterPartitionReassignmentsResponse_v0,
    CreatePartitionsResponse_v1,
    CreateTopicsResponse_v3,
    ListPartitionReassignmentsResponse_v0,
)
from aiokafka.protocol.metadata import MetadataResponse_v5

from topic_init.broker import Broker
from topic_init.topics import Topic

ATTEMPTS = 4
QUOTES = Topic("quotes", 3, {"retention.ms": "1000"})
ALERTS = Topic("alerts", 3, {"retention.ms": "2000"})


class Client:
    """Gives answers one after the other; the controller changes with each look."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.sent = []
        self.cluster = SimpleNamespace(controller=None)
        self.controllers = iter([1, 2, 3, 4, 5, 6])

    async def force_metadata_update(self) -> None:
        self.cluster.controller = SimpleNamespace(nodeId=next(self.controllers))

    async def send(self, node, request):
        version = {request.API_KEY: (0, 9)}
        as_sent = request.prepare(version)
        self.sent.append((node, type(as_sent).decode(as_sent.encode())))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return type(answer).decode(answer.encode())


def of_topics(**codes):
    """Answer a creation of topics."""
    return CreateTopicsResponse_v3(0, [(name, code, None) for name, code in codes.items()])


def moving(*topics):
    """Answer which partitions are on their way."""
    return ListPartitionReassignmentsResponse_v0(0, 0, None, list(topics), {})


@pytest.fixture(autouse=True)
def at_once():
    """Let it try again without waiting, a few times."""
    with stamina.set_testing(testing=True, attempts=ATTEMPTS):
        yield


async def test_it_tells_where_each_partition_is() -> None:
    parts = [(0, 1, 2, [2, 1], [2], []), (0, 0, 1, [1, 2], [1], [])]
    client = Client(MetadataResponse_v5(0, [], "c", 1, [(0, "quotes", False, parts)]))
    assert await Broker(client).placed() == {"quotes": {1: [2, 1], 0: [1, 2]}}
    [(_, request)] = client.sent
    assert request.topics is None  # all of them


async def test_topics_are_made_with_their_settings() -> None:
    client = Client(of_topics(quotes=0, alerts=0))
    assert await Broker(client).create([QUOTES, ALERTS], 2) == ["quotes", "alerts"]
    [(node, request)] = client.sent
    assert node == 1
    assert request.create_topic_requests == [
        ("quotes", 3, 2, [], [("retention.ms", "1000")]),
        ("alerts", 3, 2, [], [("retention.ms", "2000")]),
    ]
    assert not request.validate_only


async def test_a_topic_that_somebody_else_has_made_is_none_of_those_made() -> None:
    client = Client(of_topics(quotes=36, alerts=0))
    assert await Broker(client).create([QUOTES, ALERTS], 1) == ["alerts"]


@pytest.mark.parametrize(
    "answer",
    [
        of_topics(quotes=-1),  # hung, without a session with ZooKeeper
        of_topics(quotes=41),  # not the controller any more
        of_topics(quotes=38),  # a broker that the controller does not know yet
        of_topics(quotes=7),
        NotControllerError(),
        RequestTimedOutError(),
    ],
)
async def test_what_passes_is_asked_again_of_who_is_the_controller_then(answer) -> None:
    client = Client(answer, of_topics(quotes=0))
    assert await Broker(client).create([QUOTES], 1) == ["quotes"]
    assert [node for node, _ in client.sent] == [1, 2]


async def test_what_does_not_pass_in_time_is_raised() -> None:
    client = Client(*[of_topics(quotes=-1)] * 6)
    with pytest.raises(UnknownError, match="quotes"):
        await Broker(client).create([QUOTES], 1)
    assert len(client.sent) == ATTEMPTS


async def test_what_is_refused_is_raised_at_once() -> None:
    client = Client(of_topics(quotes=0, alerts=31))
    with pytest.raises(ClusterAuthorizationFailedError, match="alerts"):
        await Broker(client).create([QUOTES, ALERTS], 1)
    assert len(client.sent) == 1


async def test_while_there_is_no_controller_nobody_is_asked() -> None:
    client = Client()

    async def nobody() -> None:
        client.cluster.controller = None

    client.force_metadata_update = nobody
    with pytest.raises(NotControllerError):
        await Broker(client).placed()


async def test_partitions_are_added_wherever_the_brokers_like() -> None:
    client = Client(CreatePartitionsResponse_v1(0, [("quotes", 60, "moving"), ("alerts", 0, None)]))
    client.answers.append(CreatePartitionsResponse_v1(0, [("quotes", 0, None)]))
    await Broker(client).add_partitions([QUOTES, ALERTS])
    assert [request.topic_partitions for _, request in client.sent] == [
        [("quotes", (3, None)), ("alerts", (3, None))]
    ] * 2


def there(partitions):
    """Answer how many partitions the topic of alerts has."""
    parts = [(0, it, 1, [1], [1], []) for it in range(partitions)]
    return MetadataResponse_v5(0, [], "c", 1, [(0, "alerts", False, parts)])


INVALID_PARTITIONS = CreatePartitionsResponse_v1(0, [("alerts", 37, "has 3 already")])


async def test_partitions_that_were_added_by_a_request_without_an_answer_are_there() -> None:
    client = Client(RequestTimedOutError(), INVALID_PARTITIONS, there(3))
    await Broker(client).add_partitions([ALERTS])
    assert client.answers == []


async def test_partitions_that_cannot_be_added_are_told() -> None:
    client = Client(INVALID_PARTITIONS, there(2))
    with pytest.raises(InvalidPartitionsError, match="has 3 already"):
        await Broker(client).add_partitions([ALERTS])


async def test_a_move_is_waited_for(monkeypatch) -> None:
    slept = []

    async def sleep(seconds) -> None:
        slept.append(seconds)

    monkeypatch.setattr("topic_init.broker.asyncio.sleep", sleep)
    done = AlterPartitionReassignmentsResponse_v0(
        0, 0, None, [("quotes", [(0, 0, None, {}), (1, 0, None, {})], {})], {}
    )
    on_its_way = ("quotes", [(1, [1, 2], [2], [], {})], {})
    client = Client(done, moving(on_its_way), moving(on_its_way), moving())
    await Broker(client).place({"quotes": {0: [1, 2], 1: [2, 1]}})
    (_, move), *looks = client.sent
    assert move.topics == [("quotes", [(0, [1, 2], {})], {}), ("quotes", [(1, [2, 1], {})], {})]
    assert [look.topics for _, look in looks] == [[("quotes", [0, 1], {})]] * 3
    assert slept == [1, 1]


async def test_many_moves_are_asked_for_in_parts_that_a_busy_controller_can_answer_in_time() -> (
    None
):
    done = AlterPartitionReassignmentsResponse_v0(0, 0, None, [], {})
    client = Client(done, done, done, moving())
    await Broker(client).place({"quotes": {partition: [1, 2] for partition in range(25)}})
    *moves, look = [request for _, request in client.sent]
    asked = [[partition for _, [(partition, *_)], _ in move.topics] for move in moves]
    assert asked == [[*range(10)], [*range(10, 20)], [*range(20, 25)]]
    assert look.topics == [("quotes", [*range(25)], {})]


@pytest.mark.parametrize("code", [0, 39])
async def test_a_move_that_is_refused_for_now_is_asked_again(code) -> None:
    refused = AlterPartitionReassignmentsResponse_v0(
        0, 39 - code, None, [("quotes", [(0, code, "broker 3 is away", {})], {})], {}
    )
    done = AlterPartitionReassignmentsResponse_v0(0, 0, None, [], {})
    client = Client(refused, done, moving())
    await Broker(client).place({"quotes": {0: [1, 3]}})
    assert len(client.sent) == 3
