"""What Streamlit runs for every session."""

from dashboard.screens.page import show

show()
