"""`make dev`: a service runs on the checkout's sources, and starts again when one is saved."""

import os
import signal
import subprocess
from collections.abc import Callable

from stack import Stack
from waiting import wait_for


def test_a_saved_file_is_run_and_ctrl_c_gives_the_image_s_sources_back(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack("dev")
    refused = stack.make("dev", "S=dashboard", check=False)
    assert refused.returncode != 0
    assert refused.stderr.startswith("dev: dashboard is not running: `make up` first\n")
    stack.up("dashboard")

    def says(text: str) -> bool:
        script = "import dashboard; print(dashboard.__file__, getattr(dashboard, 'SAVED', ''))"
        arguments = ("exec", "--no-TTY", "dashboard", "python", "-c", script)
        done = stack.compose(*arguments, check=False)
        return done.stdout.strip() == text

    with subprocess.Popen(
        ["make", "dev", "S=dashboard"],
        cwd=stack.folder,
        env=dict(os.environ) | stack.environment,
        start_new_session=True,
    ) as dev:
        try:
            sources = "/sources/service/dashboard/__init__.py"
            wait_for("the checkout's sources", lambda: says(sources), 60)
            before = stack.started_at()["dashboard"]
            with (stack.folder / "services/dashboard/src/dashboard/__init__.py").open("a") as file:
                file.write("SAVED = 1\n")
            wait_for("a start", lambda: stack.started_at()["dashboard"] != before, 60)
            wait_for("what was saved", lambda: says(f"{sources} 1"), 60)
            stack.compose("up", "--detach", "--no-deps", "dashboard")  # as `make up` does
            wait_for("the sources again", lambda: says(f"{sources} 1"), 60)
        finally:
            os.killpg(dev.pid, signal.SIGINT)
            dev.wait(60)
    assert stack.container("dashboard")["State"]["Running"]
    assert "/sources/service" not in str(stack.container("dashboard")["Mounts"])
