"""The settings of windows mean the same to all services; one that cannot be right is named."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.settings import SettingError, load
from contracts.window_settings import WindowSettings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in WindowSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load(WindowSettings)
    assert settings.window_length == timedelta(minutes=1)
    assert settings.window_slide == timedelta(seconds=5)
    assert settings.max_future_skew == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WINDOW_LENGTH", "0 seconds"),
        ("WINDOW_LENGTH", "a minute"),
        ("WINDOW_LENGTH", "400 days"),
        ("WINDOW_LENGTH", "-1 minute"),
        ("WINDOW_SLIDE", "0.0001 seconds"),
        ("WINDOW_SLIDE", "2 minutes"),
        ("MAX_FUTURE_SKEW", "soon"),
        ("MAX_FUTURE_SKEW", "367 days"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as error:
        load(WindowSettings)
    line = str(error.value)
    assert line.startswith(f"{name}: got ")
    assert "takes " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("slide", "line"),
    [
        (
            "7 seconds",
            (
                "WINDOW_SLIDE: got 7 seconds, takes a duration of which WINDOW_LENGTH (1 minute) is"
                " a multiple"
            ),
        ),
        (
            "1 millisecond",
            "WINDOW_SLIDE: got 1 millisecond, takes at least a 1000th of WINDOW_LENGTH (1 minute)",
        ),
    ],
)
def test_a_slide_that_does_not_fit_the_length_is_told_with_it(
    monkeypatch: pytest.MonkeyPatch, slide: str, line: str
) -> None:
    monkeypatch.setenv("WINDOW_SLIDE", slide)
    with pytest.raises(SettingError) as error:
        load(WindowSettings)
    assert str(error.value) == line
