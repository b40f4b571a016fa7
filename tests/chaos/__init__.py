"""Kills and pauses parts of a running stack at chosen moments, then compares all its windows."""
