"""The real prices that are replayed."""

import prices


def test_each_symbol_has_every_trading_day_of_thirteen_years() -> None:
    found = prices.daily()
    assert len(found) == 3 * 3270
    assert {price.symbol for price in found} == set(prices.SYMBOLS)


def test_they_are_in_the_order_of_time() -> None:
    times = [price.time for price in prices.daily()]
    assert times == sorted(times)
    assert times[0] == "2000-03-01T00:00:00Z"


def test_a_file_to_replay_has_a_header_and_a_line_a_price(tmp_path) -> None:
    path = tmp_path / "replay" / "daily.csv"
    prices.write(path, prices.daily(since="2013-03-01"))
    assert path.read_text().splitlines() == [
        "time,symbol,price,volume",
        "2013-03-01T00:00:00Z,AAPL,430.47,19730300",
        "2013-03-01T00:00:00Z,IBM,202.91,3308300",
        "2013-03-01T00:00:00Z,MSFT,27.95,34849700",
    ]
