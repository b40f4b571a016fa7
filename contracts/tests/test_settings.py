from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr, model_validator

from contracts.settings import (
    DURATION,
    Duration,
    Secret,
    SettingError,
    Settings,
    format_duration,
    load,
    parse_duration,
)

SECRET = "hunter2-hunter2"  # what the masks must hide


class Some(Settings):
    some_number: Annotated[int, Field(ge=1, description="a whole number from 1 on")] = 7
    some_wait: Annotated[Duration, Field(description=DURATION)] = timedelta(seconds=60)
    some_key: Annotated[SecretStr, Field(min_length=20, description="a key")] = SecretStr("x" * 20)
    other_key: Annotated[SecretStr | None, Field(min_length=20, description="a key")] = None


class Locked(Settings):
    some_token: Annotated[Secret, Field(description="a token")] = None


class Needy(Settings):
    must_be_there: Annotated[str, Field(description="a name")]
    some_key: Annotated[SecretStr, Field(description="a key")]


class Pair(Settings):
    low: Annotated[int, Field(description="a number")] = 1
    high: Annotated[int, Field(description="a number")] = 2

    @model_validator(mode="after")
    def _in_order(self) -> "Pair":
        if self.low > self.high:
            raise ValueError(f"LOW: got {self.low}, takes at most HIGH ({self.high})")
        return self


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("SOME_NUMBER", "SOME_WAIT", "SOME_KEY", "OTHER_KEY", "MUST_BE_THERE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_what_is_missing_has_its_default() -> None:
    assert load(Some).some_number == 7


def test_what_is_empty_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", "")
    monkeypatch.setenv("SOME_WAIT", "")
    monkeypatch.setenv("OTHER_KEY", "")
    found = load(Some)
    assert (found.some_number, found.some_wait, found.other_key) == (7, timedelta(minutes=1), None)


def test_what_is_set_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", "3")
    monkeypatch.setenv("SOME_WAIT", "5 seconds")
    found = load(Some)
    assert (found.some_number, found.some_wait) == (3, timedelta(seconds=5))


def test_a_file_serves_outside_compose_and_the_environment_wins(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere / ".env").write_text("SOME_NUMBER=3\nSOME_WAIT=2 hours\nOF_ANOTHER_SERVICE=x\n")
    monkeypatch.setenv("SOME_NUMBER", "4")
    found = load(Some)
    assert (found.some_number, found.some_wait) == (4, timedelta(hours=2))


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("SOME_NUMBER", "many", "SOME_NUMBER: got 'many', takes a whole number from 1 on"),
        ("SOME_NUMBER", "0", "SOME_NUMBER: got '0', takes a whole number from 1 on"),
        ("SOME_NUMBER", "a\nb", "SOME_NUMBER: got 'a\\nb', takes a whole number from 1 on"),
        ("SOME_WAIT", "60", f"SOME_WAIT: got '60', takes {DURATION}"),
        ("SOME_KEY", SECRET, "SOME_KEY: got a value, takes a key"),
        ("OTHER_KEY", SECRET, "OTHER_KEY: got a value, takes a key"),
    ],
)
def test_what_cannot_be_right_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as caught:
        load(Some)
    assert str(caught.value) == line


def test_what_must_be_there_and_is_not_is_told_without_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_KEY", SECRET)
    with pytest.raises(SettingError) as caught:
        load(Needy)
    assert str(caught.value) == "MUST_BE_THERE: got nothing, takes a name"


def test_settings_that_do_not_go_together_say_so_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOW", "5")
    with pytest.raises(SettingError) as caught:
        load(Pair)
    assert str(caught.value) == "LOW: got 5, takes at most HIGH (2)"


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", SECRET * 2)
    found = load(Some)
    assert found.other_key is not None
    assert found.other_key.get_secret_value() == SECRET * 2
    assert SECRET not in f"{found} {found!r} {found.model_dump()}"


@pytest.mark.parametrize(("given", "read"), [(" abc\n", "abc"), (" ", None)])
def test_blanks_around_a_secret_are_none_of_it(
    monkeypatch: pytest.MonkeyPatch, given: str, read: str | None
) -> None:
    monkeypatch.setenv("SOME_TOKEN", given)
    token = load(Locked).some_token
    assert (token and token.get_secret_value()) == read


@pytest.mark.parametrize("given", ["hunter2 hunter2", "hunter2\x07", "hünter2"])
def test_a_secret_that_cannot_be_right_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("SOME_TOKEN", given)
    with pytest.raises(SettingError) as caught:
        load(Locked)
    assert str(caught.value) == "SOME_TOKEN: got a value, takes a token"


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("5 seconds", timedelta(seconds=5)),
        ("1 second", timedelta(seconds=1)),
        ("1 minute", timedelta(minutes=1)),
        ("2 hours", timedelta(hours=2)),
        ("90 days", timedelta(days=90)),
        ("250 milliseconds", timedelta(milliseconds=250)),
        ("0 seconds", timedelta()),
        ("1.5 minutes", timedelta(seconds=90)),
        ("5seconds", timedelta(seconds=5)),
        ("  10   SECONDS ", timedelta(seconds=10)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "", "5", "seconds", "five seconds", "-5 seconds", "+5 seconds", "5 s", "5 weeks",
        "1 minute 30 seconds", "1,5 minutes", "1e3 seconds", ".5 seconds", "5. seconds",
        "5 secondss", "nan seconds", "inf seconds", "\u0665 seconds", "5 seconds\n5", "PT5S",
        5, 5.0, None, "1" * 400 + " days", "999999999999 days",
    ],
)  # fmt: skip
def test_what_is_no_duration_is_an_error(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_duration(text)


UNITS = {
    "milliseconds": timedelta(milliseconds=1),
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}


@given(st.integers(0, 10_000_000), st.sampled_from(list(UNITS)))
def test_every_whole_number_of_a_unit_is_read(number: int, unit: str) -> None:
    assert parse_duration(f"{number} {unit}") == number * UNITS[unit]
    assert parse_duration(f"{number} {unit[:-1]}") == number * UNITS[unit]


@given(st.integers(0, 10**12))
def test_milliseconds_with_a_fraction_are_read_to_the_microsecond(us: int) -> None:
    text = f"{us // 1000}.{us % 1000:03} milliseconds"
    assert parse_duration(text) == timedelta(microseconds=us)


@given(st.text(max_size=30))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_duration(text) >= timedelta()


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(0), "0 seconds"),
        (timedelta(milliseconds=2500), "2500 milliseconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_a_duration_is_written_as_spark_reads_it(duration: timedelta, written: str) -> None:
    assert format_duration(duration) == written
    assert parse_duration(written) == duration
