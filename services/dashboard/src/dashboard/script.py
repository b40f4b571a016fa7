"""What Streamlit runs for every session."""

from dashboard.screens.page import show
from dashboard.settings import settings

show(settings().location)
