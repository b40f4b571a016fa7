"""Say how long after their ends windows came to their files.

Usage: ``files.py NAME DATA_DIR SINCE PROCESSORS``: files written since a second since 1970.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from latency import file_delays, summary

if __name__ == "__main__":
    name, data, since, processors = sys.argv[1:]
    delays = list(file_delays(Path(data), datetime.fromtimestamp(float(since), UTC)))
    figures = {"version": name, **summary(delays), "processors": round(float(processors), 3)}
    print(json.dumps(figures))  # noqa: T201 - what it is for
