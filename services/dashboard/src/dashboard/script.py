"""What Streamlit runs for every session."""

from dashboard.page import show

show()
