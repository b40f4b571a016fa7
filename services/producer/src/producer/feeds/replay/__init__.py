"""Recorded prices: `feed` knows no file, and each kind of file no clock.

A file becomes text (`files`, `lines`), text becomes values by column (`delimited`, `json_lines`,
`documents`, `columnar`, `parquet`) where `columns` chooses, values become rows (`rows`, by `times`,
`symbols` and `amounts`), and rows that are not in order of time are sorted (`sorter`). `recording`
puts the reading together, `survey` finds what a file leaves open, `ordered` gives the order.
"""
