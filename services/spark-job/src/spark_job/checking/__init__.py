"""From the bytes of a record to checked events, and what is refused to its topic."""
