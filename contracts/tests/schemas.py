"""The JSON Schemas, as people and other languages would use them."""

import json
from importlib.resources import files
from typing import Any, NoReturn

from jsonschema import Draft202012Validator, FormatChecker


def schema(name: str) -> dict[str, Any]:
    text = (files("contracts") / "schemas" / f"{name}.schema.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def validator(name: str) -> Draft202012Validator:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found, format_checker=FormatChecker())


def parse(value: bytes) -> Any:
    """Read RFC 8259's JSON with Python's decoder; raises `ValueError` where it is none."""

    def no_json(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(value.decode(), parse_constant=no_json)
