"""Documents agree with the contracts, and their links and the tests that they name exist."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snippets import DOCUMENTS, snippet, table
from stack import CHECKOUT

from contracts import examples
from contracts.dataset import COLUMNS
from contracts.sources import SOURCES


def test_the_data_dictionary_has_the_columns_of_the_dataset() -> None:
    types = {"string": "string", "double": "double", "int64": "int64"}
    types["timestamp"] = "timestamp, UTC, µs"
    expected = [
        (f"`{it.name}`", types[it.type] + (", null" if it.nullable else "")) for it in COLUMNS
    ]
    rows = table("docs/data-dictionary.md", "The aggregates: Parquet in `volumes/data/aggregates`")
    assert [(name, type_) for name, type_, _ in rows] == expected


def test_the_feeds_that_can_be_chosen_are_all_named_where_a_person_chooses() -> None:
    names = {"auto", *SOURCES}
    example = (CHECKOUT / ".env.example").read_text().partition("\nFEED=")[0]
    assert names <= set(re.findall(r"[a-z]+(?:-[a-z]+)*", example))
    feeds = " ".join(row[0] for row in table("services/producer/README.md", "Feeds"))
    assert set(re.findall(r"`([a-z-]+)`", feeds)) == names


def run_example(beginning: str, **record: object) -> dict[str, Any]:
    """Run an example of the contracts' README on a record; give the names that it leaves."""
    names: dict[str, Any] = {"record": SimpleNamespace(**record)}
    exec(snippet("contracts/README.md", beginning), names)
    return names


def test_the_examples_of_the_contracts_run() -> None:
    quote = next(it for it in examples.load() if it.name == "a quote")
    window = next(it for it in examples.load_plain("windows") if it.name == "a window")
    check, at_ms = "from contracts.check", quote.kafka_timestamp_ms
    assert run_example(check, value=quote.value, timestamp=at_ms)["event"].price == 184.5
    assert run_example(check, value=b"no event", timestamp=at_ms)["reason"] == "not_json"
    assert run_example("from contracts.window", value=window.value)["window"].max_price == 185.25


def test_the_rules_for_prometheus_name_metrics_states_and_labels_that_there_are() -> None:
    labels: dict[str, set[str]] = {}
    for service in ("producer", "spark-job", "gateway"):
        for name, _, of, _, _ in table(f"services/{service}/README.md", "Metrics"):
            labels[name.strip("`")] = set(re.findall(r"`(\w+)`", of))
    rules = (CHECKOUT / "docs/prometheus-rules.example.yml").read_text()
    expressions = re.findall(r"^ +expr: ((?s:.*?))\n +(?:for|annotations):", rules, re.MULTILINE)
    assert len(expressions) == rules.count("- alert: ") > 7
    for expression in expressions:
        metrics = set(re.findall(r"\b(?:producer|spark_job|gateway)_\w+", expression))
        assert metrics, expression
        assert metrics <= labels.keys()
        for metric in metrics:
            by = re.findall(r"by \((\w+)\)|\{(\w+)=", expression)
            assert {it for pair in by for it in pair if it} <= labels[metric], expression
    schema = (CHECKOUT / "contracts/src/contracts/schemas/status.schema.json").read_text()
    described = [it["properties"]["state"]["enum"] for it in json.loads(schema)["oneOf"]]
    states = dict(zip(("producer", "spark_job", "gateway"), described, strict=True))
    named = re.findall(r'(\w+)_state\{state="(\w+)"\}', rules)
    assert {service for service, _ in named} == set(states)
    assert all(state in states[service] for service, state in named)


def test_each_picture_is_in_a_document_and_each_that_is_shown_is_there() -> None:
    there = {it.name for it in CHECKOUT.glob("docs/images/*")}
    texts = [(CHECKOUT / it).read_text() for it in DOCUMENTS]
    assert {
        it for text in texts for it in re.findall(r"docs/images/([\w-]+\.png)\)", text)
    } == there


def anchors(document: Path) -> set[str]:
    """Name the headings of a document as GitHub does it in links."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = (re.sub(r"\]\([^)]*\)|[^\w\- ]", "", it) for it in headings)
    return {it.strip().lower().replace(" ", "-") for it in plain}


@pytest.mark.parametrize("path", [*DOCUMENTS, "CHANGELOG.md", "docs/performance.md"])
def test_each_link_leads_somewhere(path: str) -> None:
    document = CHECKOUT / path
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    lost = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    # A page of the repository on GitHub, beside its files.
    assert lost == (["../../security/advisories/new"] if path == "SECURITY.md" else [])


def shown() -> list[tuple[str, str, str]]:
    """Read which tests the promises name: test, its file, the mark of a long one."""
    text = (CHECKOUT / "docs/reliability.md").read_text()
    return re.findall(r"\[`[\w.]+::(\w+)`\]\(\.\./([\w./-]+)\)(†?)", text)


def test_every_promise_has_a_test_that_shows_it() -> None:
    rows = [
        line
        for line in (CHECKOUT / "docs/reliability.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith(("| promise", "| ---"))
    ]
    assert len(rows) > 20
    assert [row for row in rows if "::test_" not in row] == []
    assert sum(row.count("::") for row in rows) == len(shown())


@pytest.mark.parametrize(("name", "path", "mark"), shown())
def test_a_test_that_shows_a_promise_is_there_and_long_where_it_is_said(
    name: str, path: str, mark: str
) -> None:
    module = (CHECKOUT / path).read_text()
    decorators = r"((?:^(?:@| {4}|\)).*\n)*)"  # over several lines, too
    found = re.search(rf"{decorators}^(?:async )?(?:def {name}\(|{name} = )", module, re.MULTILINE)
    assert found, f"{path} has no {name}"
    is_long = re.search(r"^pytestmark = .*mark\.long", module, re.MULTILINE)
    assert bool(is_long or "mark.long" in found[1]) == bool(mark)
