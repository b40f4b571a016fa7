"""From a file on the disk to values by column, the same for CSV, JSON and Parquet.

`file` finds what it is and unpacks it, `lines` cuts its text; then each format has its folder.
"""
