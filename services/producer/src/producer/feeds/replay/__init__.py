"""Recorded prices: a file is opened, cut into values by column, read into rows, and played.

=================  ================================================================================
module             what it does
=================  ================================================================================
:mod:`.values`     reads single values: prices and volumes, times, symbols; and what a row is
:mod:`.checks`     tells what makes a recording doubtful, or its rows no trades
:mod:`.columns`    chooses which column is the time, the price, the symbol, the volume
:mod:`.files`      opens a file, and cuts CSV, JSON and Parquet into values by column
:mod:`.rows`       reads the values of a stretch of a file into rows, or says what is wrong
:mod:`.survey`     reads all of a file once, to settle what single values leave open
:mod:`.recording`  puts the reading together: one file, its columns and its rows
:mod:`.account`    counts what became of each line, and logs the bad ones
:mod:`.sorter`     sorts rows by time, on the disk
:mod:`.ordered`    gives the rows of a recording in order of time, sorted if need be
:mod:`.pace`       when each row is due, and which time it carries
:mod:`.progress`   how far a replay came, kept over a restart
:mod:`.feed`       plays the rows
=================  ================================================================================

Each folder imports only those above it, and none of them a module: `values`, then `checks`,
`columns`, `files`; the modules use them all. `files` and `recording` know no clock, `feed` no file.
"""
