"""The Spark cluster of a stack: kills its containers, and lists the executors of the job."""

import json
import os
import signal
import urllib.request
from typing import Any

from stack import Stack, main_process


def kill(*found: dict[str, Any]) -> None:
    """End the main processes of containers with SIGKILL, all at once."""
    for pid in [main_process(it) for it in found]:
        os.kill(pid, signal.SIGKILL)


def executors(stack: Stack) -> dict[str, dict[str, Any]]:
    """Give what Spark says of each process that works for the job, and worked for it."""
    port = stack.environment["SPARK_UI_PORT"]
    api = f"http://127.0.0.1:{port}/api/v1/applications"
    with urllib.request.urlopen(api) as answer:
        (application,) = json.load(answer)
    with urllib.request.urlopen(f"{api}/{application['id']}/allexecutors") as answer:
        return {it["id"]: it for it in json.load(answer)}


def at_work(stack: Stack) -> set[str]:
    """Name the executors that are there now and have finished tasks."""
    found = executors(stack).items()
    return {id_ for id_, it in found if it["isActive"] and it["completedTasks"]} - {"driver"}
