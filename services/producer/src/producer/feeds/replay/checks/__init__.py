"""What makes a recording doubtful, or its rows no trades, as other modules find on the way."""
