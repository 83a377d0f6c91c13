"""Floor 6, the roof: settings, wiring and the ways in."""
