"""Streamlit, and nothing else: each page draws what models and charts made."""
