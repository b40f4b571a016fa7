"""The folders in which recordings are read."""

import ast
from pathlib import Path

import pytest

from producer.feeds import replay

ROOT = Path(replay.__file__).parent
IN_ORDER = ["values", "checks", "columns", "files"]


def imported(folder):
    """Give the first name behind `producer.feeds.replay` of all that a folder imports."""
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith(replay.__name__):
                behind = node.module.removeprefix(replay.__name__).strip(".")
                yield from [behind.partition(".")[0]] if behind else (it.name for it in node.names)


def test_all_folders_are_known():
    assert {it.parent.name for it in ROOT.glob("*/__init__.py")} == set(IN_ORDER)


@pytest.mark.parametrize("folder", IN_ORDER)
def test_a_folder_imports_only_those_before_it(folder):
    before = IN_ORDER[: IN_ORDER.index(folder)]
    others = set(imported(folder)) - {folder}
    assert others <= set(before)
