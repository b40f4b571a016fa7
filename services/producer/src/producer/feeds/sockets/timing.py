"""Timeouts and waits of a WebSocket connection, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """How long things may take, and how long to wait between attempts.

    `ping` is how long a socket may be still before it is asked whether it is there (half of that
    it has to answer), `silent` how long one that answers may bring no message, `brief` how long a
    connection must have lasted for the next to come without waiting.
    """

    connect: float = 15
    close: float = 2
    ping: float = 20
    silent: float = 120
    brief: float = 60
    first_wait: float = 1
    longest_wait: float = 60
    before_cut: float = 300
