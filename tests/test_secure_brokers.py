"""`compose.secure.yaml` with three brokers (`compose.brokers.yaml`): every window is right."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.long

LENGTH, SLIDE = timedelta(seconds=6), timedelta(seconds=2)
OVERLAYS = "compose.brokers.yaml:compose.secure.yaml:compose.secure-brokers.yaml"


def test_every_window_is_right(new_stack):
    stack = new_stack("secure-brokers", WINDOW_LENGTH="6 seconds", WINDOW_SLIDE="2 seconds")
    stack.environment["COMPOSE_FILE"] = f"compose.yaml:{OVERLAYS}"
    stack.compose("build", "secure-init", "login", timeout_s=600)
    stack.compose("up", "--detach", timeout_s=400)
    stack.wait_healthy(300)
    stack.windows_go_on(120)
    assert stack.check_windows(LENGTH, SLIDE).doubtful == set()
