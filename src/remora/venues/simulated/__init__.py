"""A seeded market with known truth, in the import forms of the real one. Every name in it says that it is simulated."""
