"""Where things lie on the shared volume."""

from pathlib import Path

DATA = Path("/data")
AGGREGATES = DATA / "aggregates"
CHECKPOINTS = DATA / "checkpoints"
STATUS = DATA / "status"
STATE = DATA / "state"
ALERTS = DATA / "alerts"
SCRATCH = DATA / "scratch"
