"""The sources: one table, and what repeats it says the same."""

import re
from pathlib import Path
from typing import get_args

from schemas import schema

from contracts.sources import SOURCE_PATTERN, SOURCES, VOLUME_OF_THE_DAY, Source, facts, is_made_up

README = Path(__file__).parents[1] / "README.md"


def test_every_source_has_its_facts() -> None:
    assert get_args(Source.__value__) == tuple(SOURCES)


def test_only_alpha_vantage_tells_the_volume_of_the_day() -> None:
    assert VOLUME_OF_THE_DAY == ("alpha-vantage",)


def test_a_source_that_is_not_known_goes_by_its_name_and_is_not_of_the_market() -> None:
    assert facts("kraken").label == "kraken"
    assert facts("kraken").kind == "unknown"


def test_each_name_has_the_form_that_windows_and_alerts_take() -> None:
    assert all(re.match(SOURCE_PATTERN, name) for name in SOURCES)


def test_prices_that_are_not_known_to_be_of_the_market_are_made_up() -> None:
    found = {name: is_made_up(name) for name in ("synthetic", "replay", "binance", "kraken")}
    assert found == {"synthetic": True, "replay": True, "binance": False, "kraken": True}


def test_the_schema_knows_the_same_sources() -> None:
    assert schema("event")["properties"]["source"]["enum"] == list(SOURCES)


def test_the_readme_has_the_same_table_of_sources() -> None:
    table = README.read_text().partition("\n## Sources\n")[2].partition("\n## ")[0]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in re.findall(r"\| `.*", table)]
    expected = [
        [f"`{name}`", it.label, it.kind, it.hours, "yes" if it.in_order else "no", it.volume]
        for name, it in SOURCES.items()
    ]
    assert rows == expected
