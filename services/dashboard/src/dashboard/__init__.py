"""The live page.

==================  ================================================================
module              what it does
==================  ================================================================
:mod:`.store`       files of aggregates -> bars, only what is new or changed
:mod:`.models`      bars and status files -> figures, words, and the state of the page
:mod:`.charts`      bars -> figures for Plotly
:mod:`.screens`     Streamlit: draws what the others made
:mod:`.theme`       colours, and how each source looks
:mod:`.live_chart`  a Plotly figure on the page that is updated in place
:mod:`.app`         the server
==================  ================================================================
"""
