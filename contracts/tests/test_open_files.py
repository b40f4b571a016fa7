import subprocess
import sys

_RAISE = """
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from sys import argv
from contracts.open_files import allow_many
setrlimit(RLIMIT_NOFILE, (int(argv[1]), int(argv[2])))
allow_many()
print(*getrlimit(RLIMIT_NOFILE))
"""


def raised(soft: int, hard: int) -> str:
    """Give both limits after a process that began with others has raised its own."""
    command = [sys.executable, "-c", _RAISE, str(soft), str(hard)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_service_has_room_for_its_readers_where_an_engine_gives_a_process_few_files() -> None:
    assert raised(256, 4500) == "4500 4500"
    assert raised(300, 300) == "300 300"
