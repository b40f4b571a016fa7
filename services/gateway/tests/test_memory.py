"""What a gateway takes, with few symbols and with many: bounded, and no more after a while."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="what a process takes is Linux's")
@pytest.mark.parametrize(("symbols", "most_mib"), [(5, 250), (1000, 350)])
def test_what_it_takes_is_bounded_and_stays_so(symbols: int, most_mib: int) -> None:
    script = Path(__file__).with_name("busy.py")
    command = [sys.executable, str(script), str(symbols)]
    found = subprocess.run(command, capture_output=True, check=True, text=True)
    before, after = json.loads(found.stdout)
    assert after < most_mib
    assert after - before < 4
