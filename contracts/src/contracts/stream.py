"""The messages of the gateway's stream, as far as those who follow it must know them apart."""

from typing import Literal, get_args

type Kind = Literal["trade", "open", "window", "alert"]
"""A last trade, a window that can still change, a final one, an alert."""

KINDS: tuple[Kind, ...] = get_args(Kind.__value__)
