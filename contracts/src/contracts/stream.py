"""The messages of the gateway's stream, as far as those who follow it must know them apart."""

from typing import Literal, get_args

type Kind = Literal["trade", "open", "window", "alert", "candle"]
"""A last trade, the window that ends next, a final one, an alert, the candle that is not over."""

KINDS: tuple[Kind, ...] = get_args(Kind.__value__)
USUAL_KINDS = KINDS[:4]
"""What a reader gets that names none: a candle is a second view of the same trades."""
