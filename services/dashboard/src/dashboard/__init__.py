"""The live page.

===================  ===============================================================
module               what it does
===================  ===============================================================
:mod:`.store`        files of aggregates -> one table, only what is new or changed
:mod:`.windows`      that table -> the windows of a range, each once
:mod:`.statuses`     status files -> what producers and job say of themselves
:mod:`.state`        windows and statuses -> waiting, live, quiet, stale or error
:mod:`.cards`        windows -> the figures of each symbol's card
:mod:`.charts`       windows -> the Plotly figure
:mod:`.theme`        colours and styles
:mod:`.live_chart`   a Plotly figure on the page that is updated in place
:mod:`.page`         the page: draws what the others made
===================  ===============================================================
"""
