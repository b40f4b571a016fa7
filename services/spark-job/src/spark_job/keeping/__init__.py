"""Keeps the dataset small in files and bounded in time, beside the query.

=================  ===========================================================
module             what it does
=================  ===========================================================
:mod:`.files`      what lies in the folders of the dates
:mod:`.parts`      what a file holds, and which hours are closed
:mod:`.merging`    many files to one
:mod:`.keeper`     one look: removes what is old, merges what is closed
:mod:`.beside`     looks again and again, on a thread of its own
=================  ===========================================================

Work is done in steps: generators that yield wherever they may be left, or killed.
"""
