"""Alpha Vantage's ``GLOBAL_QUOTE``: what it answers, what may be asked, when to ask."""
