"""Single values, read by a strict grammar: prices and volumes, times and zones, symbols."""
