"""What the pages say: pure functions from bars, statuses and the address to figures and words."""
