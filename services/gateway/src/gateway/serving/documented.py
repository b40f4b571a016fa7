"""What the documentation says of answers: what is in them, in which forms, and which errors."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar.openapi.datastructures import ResponseSpec

from gateway.serving.answers import Problem

PROBLEM_TYPE = "application/problem+json"
WRONGLY_ASKED = HTTPStatus.BAD_REQUEST, "a parameter is none that can be"
_UNAUTHORIZED = "without the token, where one is set (`GATEWAY_TOKEN`)"


def answer_of(of: Any, what: str, form: str = "application/json") -> ResponseSpec:
    """Describe an answer: what is in it, in which form."""
    # The library's examples are made of random letters.
    return ResponseSpec(of, description=what, media_type=form, generate_examples=False)


def errors(*whys: tuple[int, str]) -> Mapping[int, ResponseSpec]:
    """Describe the errors that a handler answers with, by their status, each with when it comes."""
    return {
        status: answer_of(Problem, why, PROBLEM_TYPE)
        for status, why in (*whys, (HTTPStatus.UNAUTHORIZED, _UNAUTHORIZED))
    }
