"""Maintains the dataset while the query runs: few files, and none past its retention.

=====================  ===========================================================================
module                 what it does
=====================  ===========================================================================
:mod:`.schedule`       a pass each minute, on a thread of its own
:mod:`.maintainer`     one pass over the folders of the dates
:mod:`.retention`      removes old files, unfinished ones that nobody finishes, and empty folders
:mod:`.compaction`     makes one file of the many files of an hour that is closed
:mod:`.merge`          the rows of many files to one file
:mod:`.parts`          what a file holds, and which hours are closed
:mod:`.files`          what is in the folders of the dates
:mod:`.disk`           a folder or an object store
:mod:`.table`          all of this for a Delta table
:mod:`.carry`          a command: copies what is in another place or format (`.stored`)
=====================  ===========================================================================

Work is done in steps: generators that yield wherever they may be stopped, or killed.
"""
