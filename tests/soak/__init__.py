"""Runs a stack for a long time, and reports what grows."""
