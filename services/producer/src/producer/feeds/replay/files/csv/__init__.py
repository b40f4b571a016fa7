"""CSV: `delimited` reads it; `headings` finds its columns, `cutting` its values.

`above` reads what stands above the heading.
"""
