"""Exports of recorded prices, small, in the form in which each tool writes them.

They were written by hand, with the quotes that must come of each worked out beside it. Their dates
go up, so that one stack can replay one after the other.
"""

import json
from datetime import UTC, datetime
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Price(NamedTuple):
    """A quote that must come of an export: `at` is UTC, ISO 8601."""

    symbol: str
    at: str
    price: float
    volume: float | None

    @property
    def time_us(self) -> int:
        """Give its time in microseconds since 1970."""
        return round((datetime.fromisoformat(self.at) - EPOCH).total_seconds() * 1e6)


class Export(NamedTuple):
    """A tool's file, the settings that replay it, and what must come of it, in order of time."""

    tool: str
    file: str
    content: bytes
    settings: dict[str, str]
    prices: list[Price]


YFINANCE = Export(
    "yfinance, one ticker",
    "AAPL.csv",
    b"""Date,Open,High,Low,Close,Adj Close,Volume
2020-01-02,74.05999755859375,75.1500015258789,73.79750061035156,75.0875015258789,72.8760986328125,135480400
2020-01-03,74.2874984741211,75.1449966430664,74.125,74.35749816894531,72.16758728027344,146322800
""",
    {"SYMBOLS": "AAPL"},
    [
        Price("AAPL", "2020-01-02T00:00:00Z", 75.0875015258789, 135480400),
        Price("AAPL", "2020-01-03T00:00:00Z", 74.35749816894531, 146322800),
    ],
)

YFINANCE_SEVERAL = Export(
    "yfinance, two tickers within the day",
    "download.csv",
    b"""Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume
Ticker,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT
Datetime,,,,,,,,,,
2021-03-01 14:30:00+00:00,124.1,235.9,124.5,236.2,123.5,235.1,123.75,235.9,5131420,1091811
2021-03-01 14:31:00+00:00,124.35,,124.4,,124.0,,124.1,,612345,
""",
    {},
    [
        Price("AAPL", "2021-03-01T14:30:00Z", 124.1, 5131420),
        Price("MSFT", "2021-03-01T14:30:00Z", 235.9, 1091811),
        Price("AAPL", "2021-03-01T14:31:00Z", 124.35, 612345),
    ],
)

STOOQ = Export(
    "Stooq",
    "aapl.us.txt",
    b"""<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\r
AAPL.US,5,20220103,153500,177.83,178.25,177.71,178.13,1843210,0\r
AAPL.US,5,20220103,154000,178.13,178.9,178.05,178.77,1204411,0\r
""",
    {},
    [
        Price("AAPL.US", "2022-01-03T15:35:00Z", 178.13, 1843210),
        Price("AAPL.US", "2022-01-03T15:40:00Z", 178.77, 1204411),
    ],
)

BINANCE_BARS = Export(
    "Binance, bars without a heading, milliseconds",
    "BTCUSDT-1m-2023-01-01.csv",
    b"""1672531200000,16541.77000000,16544.76000000,16538.45000000,16543.67000000,83.08143000,1672531259999,1374268.84886120,2687,40.18369000,664706.68689910,0
1672531260000,16543.04000000,16544.41000000,16538.48000000,16539.31000000,80.74142000,1672531319999,1335621.53408850,2541,35.88509000,593629.38706870,0
""",
    {"SYMBOLS": "BTCUSDT", "REPLAY_COLUMNS": "1=time,5=price,6=volume"},
    [
        Price("BTCUSDT", "2023-01-01T00:00:00Z", 16543.67, 83.08143),
        Price("BTCUSDT", "2023-01-01T00:01:00Z", 16539.31, 80.74142),
    ],
)

BINANCE_FUTURES = Export(
    "Binance, bars with a heading",
    "BTCUSDT-1m-2023-06-01.csv",
    b"""open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore
1685577600000,27197.4,27200.1,27190.0,27199.9,102.5,1685577659999,2787000.1,1800,50.1,1362000.5,0
""",
    {"SYMBOLS": "BTCUSDT"},
    [Price("BTCUSDT", "2023-06-01T00:00:00Z", 27199.9, 102.5)],
)

INVESTING = Export(
    "Investing.com, newest first",
    "AAPL Historical Data.csv",
    b"""\xef\xbb\xbf"Date","Price","Open","High","Low","Vol.","Change %"
"01/31/2024","184.40","187.04","187.10","184.35","55.47M","-1.94%"
"01/30/2024","188.04","190.94","191.80","187.47","55.86M","-1.92%"
"01/02/2024","185.64","187.15","188.44","183.89","82.49M","-3.58%"
""",
    {"SYMBOLS": "AAPL"},
    [
        Price("AAPL", "2024-01-02T00:00:00Z", 185.64, 82_490_000),
        Price("AAPL", "2024-01-30T00:00:00Z", 188.04, 55_860_000),
        Price("AAPL", "2024-01-31T00:00:00Z", 184.40, 55_470_000),
    ],
)

ALPACA = Export(
    "Alpaca, bars as its interface gives them",
    "bars.json",
    json.dumps(
        {
            "bars": {
                "AAPL": [
                    {"c": 191.29, "h": 192.5, "l": 190.9, "n": 614, "o": 191.5,
                     "t": "2024-05-28T13:30:00Z", "v": 52361, "vw": 191.61},
                    {"c": 191.05, "h": 191.4, "l": 190.8, "n": 420, "o": 191.29,
                     "t": "2024-05-28T13:31:00Z", "v": 31877, "vw": 191.1},
                ],
                "BRK.B": [
                    {"c": 404.1, "h": 404.4, "l": 403.8, "n": 88, "o": 404.2,
                     "t": "2024-05-28T13:30:00Z", "v": 9120, "vw": 404.05},
                ],
            },
            "next_page_token": None,
        },
        indent=2,
    ).encode(),
    {},
    [
        Price("AAPL", "2024-05-28T13:30:00Z", 191.29, 52361),
        Price("BRK.B", "2024-05-28T13:30:00Z", 404.1, 9120),
        Price("AAPL", "2024-05-28T13:31:00Z", 191.05, 31877),
    ],
)  # fmt: skip

BINANCE_TRADES = Export(
    "Binance, trades without a heading, microseconds",
    "BTCUSDT-trades-2025-01-01.csv",
    b"""4359500000,93576.00000000,0.00100000,93.57600000,1735689600005612,True,True
4359500001,93576.01000000,0.02500000,2339.40025000,1735689600157243,False,True
""",
    {"SYMBOLS": "BTCUSDT", "REPLAY_COLUMNS": "2=price,3=volume,5=time"},
    [
        Price("BTCUSDT", "2025-01-01T00:00:00.005612Z", 93576.0, 0.001),
        Price("BTCUSDT", "2025-01-01T00:00:00.157243Z", 93576.01, 0.025),
    ],
)

NASDAQ = Export(
    "Nasdaq, newest first, prices with a dollar sign",
    "HistoricalData_1740000000000.csv",
    b"""Date,Close/Last,Volume,Open,High,Low
02/14/2025,$244.60,40896230,$241.25,$245.55,$240.99
02/13/2025,$241.53,53614050,$236.91,$242.3399,$235.57
""",
    {"SYMBOLS": "AAPL"},
    [
        Price("AAPL", "2025-02-13T00:00:00Z", 241.53, 53614050),
        Price("AAPL", "2025-02-14T00:00:00Z", 244.60, 40896230),
    ],
)

EXPORTS = [
    YFINANCE,
    YFINANCE_SEVERAL,
    STOOQ,
    BINANCE_BARS,
    BINANCE_FUTURES,
    INVESTING,
    ALPACA,
    BINANCE_TRADES,
    NASDAQ,
]
