"""Follows a topic, validates every record by the contract, and says what it found.

====================  =========================================================
module                what it does
====================  =========================================================
:mod:`.__main__`      the command: options, signals, exit codes
:mod:`.settings`      the environment
:mod:`.broker`        reading the topic, without a consumer group
:mod:`.follow`        the loop: read, judge, count, show, until it is over
:mod:`.judge`         from a record to its verdict, by the topic's contract
:mod:`.tally`         what has been seen so far, and the exit code
:mod:`.sequences`     losses and repeats in a run's sequence
:mod:`.summary`       the tally as text and as JSON
:mod:`.lines`         a record as a line of text, and as one of JSON
:mod:`.live`          the table on a terminal
:mod:`.safe`          text from elsewhere, made fit to print
:mod:`.errors`        what can go wrong
====================  =========================================================
"""
