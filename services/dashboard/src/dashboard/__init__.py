"""The live page.

==================  ================================================================
module              what it does
==================  ================================================================
:mod:`.store`       files -> bars and statuses; of windows only what is new or changed is read
:mod:`.models`      bars and statuses -> figures, words, and the state of the page
:mod:`.charts`      bars -> figures for Plotly
:mod:`.screens`     Streamlit: draws what the others made
:mod:`.page_data`   all that a page is drawn from, as it is now
:mod:`.theme`       colours, and a style for each source
:mod:`.live_chart`  a Plotly figure on the page that is updated in place
:mod:`.routes`      what the server answers besides the page: the export
:mod:`.app`         the server
==================  ================================================================
"""
