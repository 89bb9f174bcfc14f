"""Distributions out of the user site and back: what belongs to them, the journal, the moves."""
