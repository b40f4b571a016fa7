import pytest

from contracts.settings import SettingError, load
from producer.settings import ProducerSettings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def line(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as error:
        load(ProducerSettings)
    return str(error.value)


def test_without_a_key_auto_is_synthetic_and_with_one_alpha_vantage(monkeypatch):
    monkeypatch.setenv("ALPHA_VANTAGE_API_KEY", "")
    assert load(ProducerSettings).feed_name == "synthetic"
    monkeypatch.setenv("ALPHA_VANTAGE_API_KEY", "ABC")
    assert load(ProducerSettings).feed_name == "alpha-vantage"


def test_symbols_are_a_list_with_commas(monkeypatch):
    monkeypatch.setenv("SYMBOLS", "IBM, BRK.B,IBM")
    assert load(ProducerSettings).symbols == ("IBM", "BRK.B")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"FEED": "iex"}, "FEED: got 'iex', takes auto, alpha-vantage, finnhub, binance, "),
        ({"FEED": "finnhub"}, "FINNHUB_API_KEY: got nothing, FEED=finnhub takes a key"),
        (
            {"FEED": "finnhub", "FINNHUB_API_KEY": "x", "FINNHUB_EXCHANGE": "NYSE"},
            "FINNHUB_EXCHANGE: got 'NYSE', takes an exchange's ISO 10383 code",
        ),
        ({"FEED": "alpha-vantage"}, "ALPHA_VANTAGE_API_KEY: got nothing"),
        ({"FEED": "replay"}, "REPLAY_FILE: got nothing"),
        ({"SYMBOLS": "ibm"}, "SYMBOLS: got 'ibm', takes symbols in capitals"),
        ({"SYMBOLS": "IBM,,AAPL"}, "SYMBOLS: got 'IBM,,AAPL'"),
        ({"SYNTHETIC_EVENTS_PER_SECOND": "ten"}, "SYNTHETIC_EVENTS_PER_SECOND: got 'ten'"),
        ({"SYNTHETIC_EVENTS_PER_SECOND": "nan"}, "SYNTHETIC_EVENTS_PER_SECOND: got 'nan'"),
        ({"ALPHA_VANTAGE_DAILY_CALLS": "0"}, "ALPHA_VANTAGE_DAILY_CALLS: got '0'"),
        ({"HEARTBEAT_LAG": "5 parsecs"}, "HEARTBEAT_LAG: got '5 parsecs', takes a number"),
        ({"PRODUCER_NAME": "../x"}, "PRODUCER_NAME: got '../x'"),
        (
            {"FEED": "replay", "REPLAY_FILE": "x.csv", "REPLAY_REPEAT": "true",
             "REPLAY_TIMES": "original"},
            "REPLAY_TIMES: got 'original', REPLAY_REPEAT=true takes now",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_one_line_that_says_what_it_takes(monkeypatch, variables, expected):
    said = line(monkeypatch, **variables)
    assert said.startswith(expected)
    assert "\n" not in said
