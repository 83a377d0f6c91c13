"""Floor 4, files to facts: recogniser, column maps, quarantine, resumable import. Decoders are handed in."""
