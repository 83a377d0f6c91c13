"""Floor 3, the past in columns: pure functions, Arrow and numpy in, Arrow and numpy out."""
