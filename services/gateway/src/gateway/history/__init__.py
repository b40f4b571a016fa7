"""The dataset of final windows, as it is asked for."""
