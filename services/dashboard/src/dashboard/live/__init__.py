"""Prices of this moment: from the gateway's stream, through this server, to every open page."""
