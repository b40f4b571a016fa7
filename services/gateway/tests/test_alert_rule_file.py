"""What a person writes is read; what is wrong is said with the line and the rule's name."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.rules.book import RuleBook
from gateway.alerts.rules.file import MAX_BYTES, RuleError, parse, read
from gateway.alerts.rules.kinds import ChangeRule, PriceRule

GOOD = """
[[rule]]
name = "Apple over 200"
kind = "price"
over = 200
symbols = ["AAPL", "BRK.*"]
cooldown = "1 minute"

[[rule]]
name = "moves"
kind = "change"
pct = 2
within = "5 minutes"
"""


def test_rules_are_read_with_their_defaults() -> None:
    price, change = parse(GOOD.encode())
    assert isinstance(price, PriceRule)
    assert (price.name, price.over, price.under, price.on) == (
        "Apple over 200",
        200,
        None,
        "trades",
    )
    assert (price.symbols, price.sources, price.made_up) == (("AAPL", "BRK.*"), (), False)
    assert (price.cooldown, price.max_per_hour) == (timedelta(minutes=1), 20)
    assert isinstance(change, ChangeRule)
    assert (change.pct, change.within, change.cooldown) == (
        2, timedelta(minutes=5), timedelta(minutes=5),
    )  # fmt: skip


def test_no_file_and_an_empty_one_have_no_rules(tmp_path: Path) -> None:
    assert parse(read(tmp_path / "rules.toml")) == ()
    assert parse(b"") == ()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("over = 200", 'over = "x"', "rules.toml, line 5, rule 'Apple over 200': over: "),
        ("over = 200", "ovr = 200", "rules.toml, line 5, rule 'Apple over 200': "),
        ("over = 200", "over = -1", "rules.toml, line 5, rule 'Apple over 200': over: "),
        ("over = 200", "over = nan", "rules.toml, line 5, rule 'Apple over 200': over: "),
        ("over = 200", "over = inf", "rules.toml, line 5, rule 'Apple over 200': over: "),
        ("over = 200", "", "rules.toml, line 2, rule 'Apple over 200': takes one of"),
        ('"price"', '"prize"', "rules.toml, line 4, rule 'Apple over 200': kind: "),
        ("1 minute", "1 fortnight", "rules.toml, line 7, rule 'Apple over 200': cooldown: takes a"),
        ("5 minutes", "0 seconds", "rules.toml, line 13, rule 'moves': within: takes a time"),
        ("5 minutes", "2 days", "rules.toml, line 13, rule 'moves': within: takes a time"),
        ("AAPL", "aapl", "rules.toml, line 2, rule 'Apple over 200': 'aapl' is no symbol"),
        ('"moves"', '"Apple over 200"', "rules.toml, line 2, rule 'Apple over 200': another rule"),
        ('name = "moves"', "", "rules.toml, line 9: Object missing required field `name`"),
        ('"moves"', '"a\\nb"', "rules.toml, line 9, rule 'a\\\\nb': the name has characters"),
        ("pct = 2", "pct = 2\nmore = 1", "rules.toml, line 13, rule 'moves': "),
        ('"moves"', f'"{"x" * 65}"', "rules.toml, line 10, rule 'x"),
        ("[[rule]]", "[rule]", "rules.toml: "),
        ("pct = 2", "pct = ", "rules.toml: Invalid value (at line 12, column 7)"),
        ("pct = 2", 'pct = 2\nsources = ["hearsay"]', "rules.toml, line 13, rule 'moves': sources"),
        (
            "pct = 2", 'pct = 2\nsources = ["synthetic"]',
            "rules.toml, line 9, rule 'moves': the sources name made-up prices",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_line_and_name(before: str, after: str, message: str) -> None:
    assert before in GOOD
    with pytest.raises(RuleError) as error:
        parse(GOOD.replace(before, after).encode())
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("state", "key", "message"),
    [
        ("job_behind", "behind", None),
        ("broker_away", "after", None),
        ("job_behind", "after", "after is for the state broker_away only"),
        ("job_failed", "after", "after is for the state broker_away only"),
        ("broker_away", "behind", "behind is for the state job_behind only"),
        ("refused", "behind", "behind is for the state job_behind only"),
    ],
)
def test_a_time_of_another_state_of_the_pipeline_is_refused(
    state: str, key: str, message: str | None
) -> None:
    """It would be another time than the one that counts."""
    rule = f'[[rule]]\nname = "r"\nkind = "pipeline"\nstate = "{state}"\n{key} = "5 minutes"'
    if message is None:
        assert len(parse(rule.encode())) == 1
        return
    with pytest.raises(RuleError) as error:
        parse(rule.encode())
    assert str(error.value) == f"rules.toml, line 1, rule 'r': {message}"


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_text_breaks_the_reading(content: bytes) -> None:
    with suppress(RuleError):
        assert isinstance(parse(content), tuple)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(RuleError, match="has over 1,000,000 bytes"):
        read(tmp_path / "rules.toml")


def test_a_change_is_seen_and_while_it_is_wrong_the_old_rules_stay(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    book = RuleBook(path, tmp_path / "last.toml")
    assert (book.look(), book.rules) == (False, ())
    path.write_text(GOOD)
    assert not book.look()
    assert book.look()
    assert [it.name for it in book.rules] == ["Apple over 200", "moves"]
    assert not book.look()
    path.write_text(GOOD.replace("200", "x"))
    assert [book.look(), book.look()] == [False, False]
    assert [it.name for it in book.rules] == ["Apple over 200", "moves"]
    assert book.error is not None
    path.write_text(GOOD.replace("moves", "jumps"))
    assert [book.look(), book.look()] == [False, True]
    assert ([it.name for it in book.rules], book.error) == (["Apple over 200", "jumps"], None)


@pytest.mark.parametrize("half", ["", GOOD[: GOOD.rindex("[[rule]]")]])
def test_a_file_that_is_being_written_ends_no_rule(tmp_path: Path, half: str) -> None:
    path, last_good = tmp_path / "rules.toml", tmp_path / "last.toml"
    path.write_text(GOOD)
    book = RuleBook(path, last_good)
    assert book.look()
    path.write_text(half)
    assert not book.look()
    path.write_text(GOOD)
    assert [book.look(), book.look()] == [False, False]
    assert [it.name for it in book.rules] == ["Apple over 200", "moves"]
    assert last_good.read_text() == GOOD
    path.unlink()
    assert [book.look(), book.look()] == [False, True]
    assert book.rules == ()


def test_a_restart_finds_the_old_rules_while_the_file_is_wrong(tmp_path: Path) -> None:
    path, last_good = tmp_path / "rules.toml", tmp_path / "last.toml"
    path.write_text(GOOD)
    RuleBook(path, last_good).look()
    path.write_text("[[rule]]")
    book = RuleBook(path, last_good)
    assert book.look()
    assert [it.name for it in book.rules] == ["Apple over 200", "moves"]
    assert book.error == "rules.toml, line 1: Object missing required field `kind`"
    assert not RuleBook(path, tmp_path / "none.toml").look()


def test_a_file_that_cannot_be_read_for_a_while_leaves_no_error(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(GOOD)
    book = RuleBook(path, tmp_path / "last.toml")
    assert book.look()
    path.unlink()
    path.mkdir()
    assert [book.look(), book.look()] == [False, False]
    assert book.error == "rules.toml cannot be read: Is a directory"
    path.rmdir()
    path.write_text(GOOD)
    assert [book.look(), book.look()] == [False, False]
    assert ([it.name for it in book.rules], book.error) == (["Apple over 200", "moves"], None)


def test_a_link_to_nothing_ends_no_rule(tmp_path: Path) -> None:
    path, there = tmp_path / "rules.toml", tmp_path / "there.toml"
    there.write_text(GOOD)
    path.symlink_to(there)
    book = RuleBook(path, tmp_path / "last.toml")
    assert book.look()
    there.unlink()
    assert [book.look(), book.look()] == [False, False]
    assert len(book.rules) == 2
    assert book.error == "rules.toml is a link to a file that is not there"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_may_begin_with_a_byte_order_mark(line_end: str) -> None:
    content = GOOD.strip().replace("\n", line_end).encode("utf-8-sig")
    assert parse(content) == parse(GOOD.encode())
    with pytest.raises(RuleError, match=r"^rules.toml, line 4, rule 'Apple over 200': over: "):
        parse(content.replace(b"over = 200", b'over = "x"'))


@pytest.mark.parametrize(
    ("content", "line"),
    [(GOOD.encode("utf-16"), 1), (GOOD.replace("moves", "Ölpreis").encode("latin-1"), 10)],
)
def test_what_is_not_utf_8_is_said_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(RuleError, match=rf"^rules.toml, line {line}: is not UTF-8$"):
        parse(content)


def test_lines_are_counted_as_editors_do() -> None:
    content = "# \u2028 and \x85 end none".encode() + GOOD.encode()
    with pytest.raises(RuleError, match=r"^rules.toml, line 5, rule 'Apple over 200': over: "):
        parse(content.replace(b"over = 200", b'over = "x"'))


def test_the_example_is_right() -> None:
    example = Path(__file__).parents[3] / "volumes" / "alerts" / "rules.example.toml"
    if example.exists():  # in the image only this service lies
        assert len(parse(example.read_bytes())) > 5
