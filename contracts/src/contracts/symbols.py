"""What a symbol may be: the one rule, for every check of it."""

from contracts.letters import CASELESS_LETTERS

SYMBOL_PATTERN = rf"\A[A-Z0-9\^{CASELESS_LETTERS}][A-Z0-9.\-_:/=\^&+{CASELESS_LETTERS}]{{0,31}}\Z"
"""The whole symbol. What it lets through is in Unicode's normal form C."""

SYMBOL_RULE = (
    "1 to 32 capitals A to Z, digits, letters of scripts without case and . - _ : / = ^ & +,"
    " of which the first is a letter, a digit or ^"
)
"""The same for people."""
