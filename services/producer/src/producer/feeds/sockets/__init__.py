"""Trades by WebSocket: `binance` and `finnhub` know no socket, all others no provider."""
