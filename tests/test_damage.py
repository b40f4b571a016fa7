"""Damaged files: each is reported, the services go on, and nothing is lost or duplicated.

| damaged | what must come of it |
| --- | --- |
| the checkpoint's note, Spark's `metadata`, the last of its `offsets` or `commits` | set aside under a name with the time; the job goes on from the dataset, and says so |
| the state | the query ends with what Spark says, and the start after it makes a new checkpoint, which takes over from the old one, and says so |
| a segment of the broker's log | job, gateway and debug-consumer name partition and offsets, leave these records out, and go on behind them; all else is in its windows |
| the alerts' file of the gateway | set aside, said so in the log; the rules begin anew |
| the ledger of calls | set aside, said so in the log; no call is made for a day |
"""  # noqa: E501

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import topic
from notes import note_file
from stack import SHORT_WINDOWS, Stack, settled_differences
from topic import Message
from waiting import wait_for
from windows import calculate

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    stack = new_stack(
        "damage",
        **SHORT_WINDOWS,
        SYNTHETIC_EVENTS_PER_SECOND="50",
    )
    stack.up()
    stack.windows_go_on(90)
    return stack


def turn(path: Path) -> None:
    """Change the bytes in the middle of a file."""
    content = path.read_bytes()
    begin, end = len(content) // 3, 2 * len(content) // 3 + 1
    path.write_bytes(content[:begin] + bytes(255 - it for it in content[begin:end]) + content[end:])


def query(stack: Stack) -> Path:
    """Give Spark's folder of the checkpoint that the note names."""
    note = note_file(stack)
    return note.parent / json.loads(note.read_bytes())["query"]


def newest(folder: Path) -> Path:
    return max((it for it in folder.iterdir() if it.name.isdigit()), key=lambda it: int(it.name))


def told(stack: Stack, words: str) -> list[str]:
    return [it for it in stack.status("spark-job")["details"]["notices"] if words in it]


CHECKPOINT: dict[str, Callable[[Stack], Path]] = {
    "note": note_file,
    "metadata": lambda stack: query(stack) / "metadata",
    "offsets": lambda stack: newest(query(stack) / "offsets"),
    "commits": lambda stack: newest(query(stack) / "commits"),
}


@pytest.mark.parametrize("name", CHECKPOINT)
def test_a_damaged_checkpoint_is_set_aside_and_nothing_is_lost_or_doubled(
    stack: Stack, name: str
) -> None:
    stack.compose("stop", "spark-job")
    path = CHECKPOINT[name](stack)
    turn(path)
    before = set((stack.data / "checkpoints").iterdir())
    stack.up()
    (notice,) = told(stack, "cannot be read")
    assert path.name in notice
    (aside,) = set((stack.data / "checkpoints").iterdir()) - before
    assert aside.name.startswith("aggregates.set-aside-")
    assert aside.name in notice
    stack.check_windows(since=time.time())


def test_from_a_damaged_state_a_new_checkpoint_takes_over_and_nothing_is_lost_or_doubled(
    stack: Stack,
) -> None:
    stack.check_windows(since=time.time())  # it has a state of its own
    stack.compose("stop", "spark-job")
    before = query(stack)
    states = [it for it in (before / "state").rglob("*.delta") if not it.name.startswith(".")]
    assert states
    for path in states:
        turn(path)
    restarts = stack.restarts()["spark-job"]
    stack.compose("up", "--detach", "spark-job")
    wait_for("a notice", lambda: told(stack, "the state is damaged"), 120)
    stack.wait_healthy()
    assert stack.restarts()["spark-job"] == restarts + 1
    assert query(stack) != before
    stack.check_windows(since=time.time())


# Turns the checksum of the batch that holds an offset, in a segment of Kafka's log; prints its
# first and last offset.
TURN_BATCH = """
import struct, sys
from pathlib import Path
wanted = int(sys.argv[1])
for path in sorted(Path("/log/data/raw_api_events-0").glob("*.log")):
    content, at = bytearray(path.read_bytes()), 0
    while at + 61 <= len(content):
        first, length = struct.unpack_from(">qi", content, at)
        last = first + struct.unpack_from(">i", content, at + 23)[0]
        if first <= wanted <= last:
            content[at + 17] ^= 255
            path.write_bytes(content)
            print(first, last)
            sys.exit()
        at += 12 + length
sys.exit("there is no such batch")
"""


def quote(number: int, second: float) -> Message:
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)) + f".{number:06d}Z"
    event = {
        "schema_version": 1, "kind": "quote", "event_id": f"damage-{number}", "symbol": "IBM",
        "price": 100 + number, "volume": 1, "event_time": text, "ingest_time": text,
        "source": "synthetic",
    }  # fmt: skip
    return Message(json.dumps(event).encode())


@pytest.fixture(scope="module")
def damaged(stack: Stack) -> range:
    """Damage a batch of the log that nobody has read; gives its offsets."""
    stack.check_windows()
    stack.compose("stop", "producer", "spark-job", "gateway")
    end = stack.records()[-1].offset + 1
    stack.produce(quote(number, time.time()) for number in range(300))
    stack.compose("stop", "kafka")
    image = stack.container("producer")["Config"]["Image"]
    mounts = stack.container("kafka")["Mounts"]
    (volume,) = [it for it in mounts if it["Destination"] == "/var/lib/kafka/data"]
    done = stack.shell(
        "docker", "run", "--rm", "--user", "0", "--network", "none", "--entrypoint", "python",
        "--volume", f"{volume['Name']}:/log/data", image, "-c", TURN_BATCH, str(end + 150),
    )  # fmt: skip
    first, last = map(int, done.stdout.split())
    assert end <= first <= end + 150 <= last
    stack.up()
    return range(first, last + 1)


def test_the_job_names_what_is_damaged_in_the_log_and_leaves_out_nothing_else(
    stack: Stack, damaged: range
) -> None:
    words = f"offsets {damaged[0]} to {damaged[-1]} ({len(damaged)} records) are damaged"
    wait_for("a notice", lambda: told(stack, words), 90)
    stack.windows_go_on(90)
    stack.compose("stop", "producer")
    # The records of the batch are as they were, and only its checksum is not.
    records = [
        it
        for it in topic.read(stack.bootstrap, "raw_api_events", login={"check_crcs": False})
        if it.offset not in damaged
    ]
    length, slide = stack.duration("WINDOW_LENGTH"), stack.duration("WINDOW_SLIDE")
    calculation = calculate(records, length, slide, partitions=stack.partitions())
    assert settled_differences(stack, calculation) == []
    stack.up()


def test_the_gateway_names_and_counts_it_and_goes_on(stack: Stack, damaged: range) -> None:
    words = f"offsets {damaged[0]} to {damaged[-1]} ({len(damaged)} records) are damaged"
    wait_for("words", lambda: words in stack.logs("gateway"), 60)

    def caught_up() -> bool:
        found = stack.status("gateway")["details"]["topics"]["raw_api_events"]
        return found["skipped"] == len(damaged) and found["lag_s"] < 5

    wait_for("a gateway that goes on", caught_up, 60)


def test_the_debug_consumer_names_and_counts_it_and_goes_on(stack: Stack, damaged: range) -> None:
    stack.compose("stop", "producer")
    done = stack.debug("--from-beginning", "--timeout", "5", "--format", "json", check=False)
    assert done.returncode == 1
    summary = json.loads(done.stdout.splitlines()[-1])
    end = topic.read(stack.bootstrap, "raw_api_events", login={"check_crcs": False})[-1].offset + 1
    assert summary["damaged"] == len(damaged)
    assert summary["records"] == end - len(damaged)
    assert f"offsets {damaged[0]} to {damaged[-1]} " in done.stderr
    stack.up()


def test_a_damaged_file_of_the_alerts_is_set_aside_and_the_gateway_goes_on(stack: Stack) -> None:
    stack.compose("stop", "gateway")
    path = stack.data / "alerts" / "alerts.sqlite"
    turn(path)
    content = path.read_bytes()
    stack.up()
    (aside,) = path.parent.glob("alerts.set-aside-*")
    assert aside.read_bytes() == content
    assert aside.name in stack.logs("gateway")
    assert stack.restarts()["gateway"] == 0


def calls(stack: Stack) -> int:
    return sum("call of" in line for line in stack.logs("provider").splitlines())


def test_a_damaged_ledger_of_calls_is_set_aside_and_no_call_is_made(stack: Stack) -> None:
    stack.set(
        COMPOSE_FILE="compose.yaml:tests/compose.provider.yaml",
        ALPHA_VANTAGE_API_KEY="good",
        ALPHA_VANTAGE_BASE_URL="http://provider:8080",
        ALPHA_VANTAGE_DAILY_CALLS="28800",  # one in 3 s
        SYMBOLS="IBM",
    )
    stack.up("provider")
    stack.up()
    wait_for("calls", lambda: calls(stack) > 1, 60)
    stack.compose("stop", "producer")
    (path,) = (stack.data / "state").glob(f"alpha-vantage-{'?' * 16}.json")
    turn(path)
    content, before = path.read_bytes(), calls(stack)
    stack.up()
    (aside,) = path.parent.glob("alpha-vantage-*.set-aside-*")
    assert aside.read_bytes() == content
    assert aside.name in stack.logs("producer")
    time.sleep(10)
    assert calls(stack) == before
    status = stack.status("producer")
    assert status["state"] == "falling_back"
    assert status["details"]["budget"]["remaining"] == 0
    stack.windows_go_on(90)  # what was damaged above cannot be read for a calculation
    assert stack.restarts()["producer"] == 0
