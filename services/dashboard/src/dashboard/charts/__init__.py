"""Figures for Plotly, as plain data: from bars to what the browser draws."""
