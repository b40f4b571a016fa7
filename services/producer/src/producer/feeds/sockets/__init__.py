"""Trades by WebSocket: `feed` and `line` know no provider, `binance` and `finnhub` no socket."""
