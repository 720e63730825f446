"""The reader: the same handler three times side by side, lines aligned by meaning, with what was measured of it."""

from loadtests.reader.link import link

__all__ = ["link"]
