"""From trades, windows and statuses to alerts: each kind of rule, and what it remembers."""
