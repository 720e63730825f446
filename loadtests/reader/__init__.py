"""The reader: the same handler three times side by side, lines aligned by meaning, with what was measured of it."""
