"""Floor 4, where things are kept."""
