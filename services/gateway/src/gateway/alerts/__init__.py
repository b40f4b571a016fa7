"""Alerts, by the rules that a person writes: rules, their state, and how alerts get to people."""
