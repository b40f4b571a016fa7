"""Serves what the pipeline knows at this moment: last trades, open windows, final ones, alerts."""
