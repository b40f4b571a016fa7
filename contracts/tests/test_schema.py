"""The event's JSON Schema says what the check says, but for what a schema cannot see."""

import json
from typing import Any

import pytest
from hypothesis import given
from schemas import parse, schema, validator
from test_check import EXAMPLES, NOW_MS, mutated

from contracts.check import check
from contracts.examples import Example
from contracts.refusals import Reason, Refusal
from contracts.symbols import SYMBOL_PATTERN

EVENT = validator("event")
VALID = {"quote", "heartbeat"}
BLIND = {Reason.TOO_LARGE, Reason.IN_FUTURE}


def seen_by_schema(value: bytes | None) -> str:
    if value is None:
        return "unread"
    try:
        parsed = parse(value)
    except (ValueError, RecursionError):
        return "unread"
    return "accepts" if EVENT.is_valid(parsed) else "refuses"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_seen_by_the_schema_as_written_beside_it(example: Example) -> None:
    assert seen_by_schema(example.value) == example.schema


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_verdicts_written_by_hand_differ_only_where_the_schema_is_blind(
    example: Example,
) -> None:
    agree = (example.schema == "accepts") == (example.verdict in VALID)
    assert agree != bool(example.blind)


@given(mutated())
def test_schema_and_check_agree_on_any_event(value: bytes) -> None:
    found = check(value, NOW_MS)
    seen = seen_by_schema(value)
    if isinstance(found, Refusal):
        assert seen != "accepts" or found.reason in BLIND or _is_blind(value)
    else:
        assert seen == "accepts"


def _is_blind(value: bytes) -> bool:
    """Whether it holds what a schema cannot tell: 1.0 for the integer 1, or a lone surrogate."""
    return rb"\ud800" in value or isinstance(json.loads(value).get("schema_version"), float)


@pytest.mark.parametrize(
    "properties", [schema("event")["then"]["properties"], schema("window")["properties"]]
)
def test_the_schemas_have_the_same_pattern_of_symbols_in_their_own_spelling(
    properties: dict[str, Any],
) -> None:
    found = properties["symbol"]["pattern"]
    assert found.removeprefix("^").removesuffix(r"$(?!\n)") == SYMBOL_PATTERN[2:-2]


@pytest.mark.parametrize(
    "where",
    [
        schema("refused")["properties"]["reason"]["enum"],
        schema("status")["$defs"]["reason"]["enum"],
    ],
)
def test_the_schemas_know_the_same_reasons_in_their_order(where: list[str]) -> None:
    assert where == list(Reason)
