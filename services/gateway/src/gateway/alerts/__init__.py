"""Rings when a rule of a person's says so: rules, their state, and how alerts get to people."""
