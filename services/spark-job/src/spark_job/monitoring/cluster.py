"""What is missing of the cluster that does the job's work."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from pyspark import SparkContext

from spark_job.errors import ClusterLostError
from spark_job.reading.broker import NotReadyError
from spark_job.settings import is_local

_STANDALONE = "spark://"
_ANSWER_S = 2.0
_PATIENCE_S = 120.0


def look_up_master(master: str) -> None:
    """Raise `NotReadyError` unless the master accepts connections.

    Only a standalone master has an address to try; YARN and Kubernetes make a driver wait.
    """
    if master.startswith(_STANDALONE) and not _listens(master):
        raise NotReadyError(f"the cluster: no master at {master.removeprefix(_STANDALONE)}")


def executors(context: SparkContext) -> int:
    """Count the processes of the cluster that work for this driver."""
    # The list holds the driver too.
    return len(context._jsc.sc().statusTracker().getExecutorInfos()) - 1  # noqa: SLF001


class Cluster:
    """Checks whether there are workers; `clock` gives seconds.

    `executors` is how many there were at the last look; None on one machine.
    """

    def __init__(
        self,
        master: str,
        count: Callable[[], int],
        memory: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._master = master
        self._count = count
        self._memory = memory
        self._clock = clock
        self._asked_s: float | None = None
        self.executors: int | None = None

    def missing(self) -> str | None:
        """Say what the job waits for; None if for nothing.

        Raises `ClusterLostError` if there is a master that has assigned no worker for minutes: it
        may have forgotten the job, which then has to register again.
        """
        self.executors = None if is_local(self._master) else self._count()
        if self.executors != 0:
            self._asked_s = None
            return None
        try:
            look_up_master(self._master)
        except NotReadyError as error:
            self._asked_s = None
            return f"{error}, and no worker"
        now_s = self._clock()
        self._asked_s = now_s if self._asked_s is None else self._asked_s
        if self._master.startswith(_STANDALONE) and now_s - self._asked_s > _PATIENCE_S:
            raise ClusterLostError(
                f"the cluster has given no worker for {_PATIENCE_S:.0f} s: a restart asks it anew"
            )
        return f"the cluster: no worker with a free core and {self._memory} of memory"


def _listens(master: str) -> bool:
    """Tell whether one of the addresses of a master, ``spark://HOST:PORT,HOST:PORT``, answers."""
    for address in master.removeprefix(_STANDALONE).split(","):
        at = urlsplit(f"//{address}")
        with suppress(OSError), socket.create_connection((at.hostname, at.port), _ANSWER_S):
            return True
    return False
