"""Which column is which, by its name, by those beside it, or by the first values in it."""
