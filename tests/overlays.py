"""Stacks with combinations of overlays."""

from stack import SHORT_WINDOWS

QUICKLY_S = 300


def parts(overlays):
    """Name the overlays of a combination: what two of them need of each other comes last."""
    between = [f"secure-{it}" for it in overlays if it != "secure"] if "secure" in overlays else []
    return [*overlays, *between]


def files(overlays):
    """Name the compose files of a combination, as `COMPOSE_FILE` does."""
    return ":".join(["compose.yaml", *(f"compose.{it}.yaml" for it in parts(overlays))])


def start(new_stack, overlays):
    """Start a stack with a combination, and wait until windows come."""
    stack = new_stack(
        "-".join(overlays),
        COMPOSE_FILE=files(overlays),
        **SHORT_WINDOWS,
        KAFKA_PARTITIONS="2",
        SYNTHETIC_EVENTS_PER_SECOND="200",
    )
    stack.make("up", timeout_s=1200, UP_TIMEOUT="900")  # beside other stacks
    stack.windows_go_on(QUICKLY_S)
    return stack
