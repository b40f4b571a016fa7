"""CSV: `delimited` reads it; `headings` finds its columns, `cutting` its values."""
