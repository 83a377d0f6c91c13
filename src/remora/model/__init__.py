"""Floor 1, the words: frozen structs and integers that every other room shares. No I/O, no clock."""
