"""What the pages say: pure functions from bars and status files to figures, words and states."""
