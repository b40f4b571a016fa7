"""Recorded prices: `feed` knows no file, and each kind of file no clock.

A file becomes text (`files`, `lines`), text becomes values (`delimited`, `documents`, `parquet`),
values become rows (`rows`, by `times`, `amounts` and `columns`), and rows that are not in order of
time are sorted (`sorter`). `recording` puts the reading together, `ordered` the order.
"""
