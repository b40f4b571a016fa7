"""A provider of quotes for the tests: answers `GLOBAL_QUOTE` as Alpha Vantage does.

Standard library only: it runs in a container of the Python base image, on the stack's own network
(`compose.provider.yaml`). A key that begins with `good` gets quotes whose price goes up by a cent
with each call, one that begins with `spent` what there is once the day's calls are used up (which
names the key), any other the answer to a bad key. It logs a line a call, the key only as good or
bad.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlsplit

PORT = 8080
LAST_TRADING_DAY = "2026-01-02"
BAD_KEY = {
    "Error Message": "the parameter apikey is invalid or missing. Please claim your free API key"
    " on (address). It should take less than 20 seconds."
}
SPENT = {
    "Information": "We have detected your API key as {} and our standard API rate limit is 25"
    " requests per day. Please subscribe to any of the premium plans at (address) to instantly"
    " remove all daily rate limits."
}
calls = count(1)


def quote(symbol: str, cents: int) -> dict[str, dict[str, str]]:
    """Make a quote of 200 dollars and so many cents; every value is a string."""
    price = f"{200 + cents / 100:.4f}"
    return {
        "Global Quote": {
            "01. symbol": symbol,
            "02. open": "199.0000",
            "03. high": price,
            "04. low": "198.5000",
            "05. price": price,
            "06. volume": str(1_000_000 + cents),
            "07. latest trading day": LAST_TRADING_DAY,
            "08. previous close": "199.5000",
            "09. change": "0.5000",
            "10. change percent": "0.2506%",
        }
    }


def answer_to(key: str, symbol: str) -> dict[str, object]:
    """Give the answer that a key gets."""
    if key.startswith("good"):
        return dict(quote(symbol, next(calls)))
    if key.startswith("spent"):
        return {name: text.format(key) for name, text in SPENT.items()}
    return dict(BAD_KEY)


class Handler(BaseHTTPRequestHandler):
    """Answers one call."""

    def do_GET(self) -> None:
        """Answer a quote, or what a bad key gets, both with status 200; to a proxy's client too."""
        address = urlsplit(self.path)
        if address.path != "/query":
            self.send_error(404)
            return
        query = parse_qs(address.query)
        key = query.get("apikey", [""])[0]
        kind = "good" if key.startswith("good") else "bad"
        symbol = query.get("symbol", [""])[0]
        self.log_message("call of %s with a %s key", symbol, kind)
        answer = json.dumps(answer_to(key, symbol)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_request(self, *_: object) -> None:
        """Log no path: it holds the key."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
