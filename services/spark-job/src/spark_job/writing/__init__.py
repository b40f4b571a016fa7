"""Aggregates to the dataset, and final windows to their topic."""
