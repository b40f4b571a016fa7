import pytest
from pydantic import Field, ValidationError

from contracts.settings import Secret, SettingError, _line, load
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


@pytest.mark.parametrize("name", ["ALPHA_VANTAGE_API_KEY", "FINNHUB_API_KEY"])
def test_keys_are_trimmed_and_blanks_are_none(monkeypatch, name):
    monkeypatch.setenv(name, " \tABC123\r\n")
    assert load(ProducerSettings).secrets == ["ABC123"]
    monkeypatch.setenv(name, " \t ")
    assert load(ProducerSettings).secrets == []
    assert load(ProducerSettings).feed_name == "synthetic"


class _WithOneMore(ProducerSettings):
    another_api_key: Secret = Field(None, description="a key")


def test_the_key_of_another_feed_is_a_secret_too(monkeypatch):
    monkeypatch.setenv("ANOTHER_API_KEY", "ABC123")
    assert load(_WithOneMore).secrets == ["ABC123"]


@pytest.mark.parametrize("name", ["ALPHA_VANTAGE_API_KEY", "FINNHUB_API_KEY"])
@pytest.mark.parametrize("inside", ["\n", "\x1b", "\x00", " ", "\u200b", "\x7f"])
def test_a_key_with_a_control_character_in_it_is_one_line_without_the_key(name, inside):
    with pytest.raises(ValidationError) as error:
        ProducerSettings(**{name.lower(): f"SECRET{inside}KEY"})
    said = _line(ProducerSettings, error.value)
    assert said == f"{name}: got a value, takes a key of printable ASCII characters without blanks"


@pytest.mark.parametrize(
    ("feed", "lag_s"),
    [("synthetic", 0), ("auto", 0), ("replay", 0), ("alpha-vantage", 0), ("binance", 5),
     ("finnhub", 5)],
)  # fmt: skip
def test_heartbeats_stay_behind_where_trades_come_out_of_order(monkeypatch, feed, lag_s):
    monkeypatch.setenv("FEED", feed)
    monkeypatch.setenv("REPLAY_FILE", "x.csv")
    for name in ("ALPHA_VANTAGE_API_KEY", "FINNHUB_API_KEY"):
        monkeypatch.setenv(name, "KEY")
    assert load(ProducerSettings).lag.total_seconds() == lag_s
    monkeypatch.setenv("HEARTBEAT_LAG", "7 seconds")
    assert load(ProducerSettings).lag.total_seconds() == 7


def test_symbols_are_taken_as_providers_have_them(monkeypatch):
    decomposed = "\u1100\u1161USDT"  # two letters of a Korean syllable
    monkeypatch.setenv(
        "SYMBOLS", f"^GSPC,EURUSD=X,BTC/USDT,OANDA:EUR_USD,币安人生USDT,{decomposed}"
    )
    assert load(ProducerSettings).symbols == (
        "^GSPC", "EURUSD=X", "BTC/USDT", "OANDA:EUR_USD", "币安人生USDT", "\uac00USDT",
    )  # fmt: skip


@pytest.mark.parametrize("bad", ["币安usdt", "=X", "A B", "A" * 33, "İBM", "A\x00"])
def test_a_bad_symbol_is_named_with_what_is_taken(bad):
    with pytest.raises(ValidationError) as error:
        ProducerSettings(symbols=f"IBM,{bad},AAPL")
    said = _line(ProducerSettings, error.value)
    assert said.startswith(f"SYMBOLS: got {bad!r}, takes symbols with commas between")
    assert "of which the first is a letter, a digit or ^" in said


def test_symbols_are_a_list_with_commas(monkeypatch):
    monkeypatch.setenv("SYMBOLS", "IBM, BRK.B,IBM")
    assert load(ProducerSettings).symbols == ("IBM", "BRK.B")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("time=t, price=close", {"time": "t", "price": "close"}),
        ("symbol=EURUSD=X", {"symbol": "EURUSD=X"}),
        ("1=time,5=price,6=volume", {"time": "1", "price": "5", "volume": "6"}),
        ("", {}),
    ],
)
def test_columns_of_a_replay_are_named_or_counted(monkeypatch, value, expected):
    monkeypatch.setenv("REPLAY_COLUMNS", value)
    assert load(ProducerSettings).replay_columns == expected


@pytest.mark.parametrize(
    "value", ["close", "close=price", "time=t,1=price", "0=time", "price=", "time=a,time=b", "time"]
)
def test_columns_of_a_replay_that_cannot_be_are_told(monkeypatch, value):
    said = line(monkeypatch, REPLAY_COLUMNS=value)
    assert said.startswith(f"REPLAY_COLUMNS: got {value!r}, takes columns by name, such as time=t")


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
        ({"SYMBOLS": "ibm"}, "SYMBOLS: got 'ibm', takes symbols with commas"),
        ({"SYMBOLS": "IBM,,AAPL"}, "SYMBOLS: got '', takes symbols"),
        ({"SYNTHETIC_EVENTS_PER_SECOND": "ten"}, "SYNTHETIC_EVENTS_PER_SECOND: got 'ten'"),
        ({"SYNTHETIC_EVENTS_PER_SECOND": "nan"}, "SYNTHETIC_EVENTS_PER_SECOND: got 'nan'"),
        ({"ALPHA_VANTAGE_DAILY_CALLS": "0"}, "ALPHA_VANTAGE_DAILY_CALLS: got '0'"),
        ({"ALPHA_VANTAGE_DAILY_CALLS": "9" * 30}, "ALPHA_VANTAGE_DAILY_CALLS: got '999"),
        (
            {"ALPHA_VANTAGE_CALLS_PER_SECOND": "1e-300"},
            "ALPHA_VANTAGE_CALLS_PER_SECOND: got '1e-300', takes a number from 0.00001 to 1000",
        ),
        ({"BINANCE_URL": "wss://[x"}, "BINANCE_URL: got 'wss://[x', takes a ws(s) address"),
        ({"FINNHUB_URL": "wss://x:99999"}, "FINNHUB_URL: got 'wss://x:99999', takes a"),
        ({"FINNHUB_URL": "wss://?x"}, "FINNHUB_URL: got 'wss://?x', takes a ws(s) address"),
        ({"ALPHA_VANTAGE_BASE_URL": "http://:80"}, "ALPHA_VANTAGE_BASE_URL: got 'http://:80'"),
        ({"HEARTBEAT_LAG": "5 parsecs"}, "HEARTBEAT_LAG: got '5 parsecs', takes a number"),
        ({"HEARTBEAT_LAG": "999999999 days"}, "HEARTBEAT_LAG: got '999999999 days', takes a"),
        ({"PRODUCER_NAME": "../x"}, "PRODUCER_NAME: got '../x'"),
        ({"PRODUCER_NAME": "spark-job"}, "PRODUCER_NAME: got 'spark-job', takes letters, digits"),
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
