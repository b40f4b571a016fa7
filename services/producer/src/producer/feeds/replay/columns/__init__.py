"""Which column is which, by its name, by those beside it, or by the first values in it.

`choosing` decides, by what the other modules know of names; `choice` is what comes of it, and
`block` what the columns then hold.
"""
