"""The rules as a person writes them, and which of them are in force."""
