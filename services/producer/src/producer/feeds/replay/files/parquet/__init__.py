"""Parquet: a file, or a folder of files."""
