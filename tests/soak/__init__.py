"""Lets a stack run for long, and tells what grows."""
