"""The lanes: one table of data; start, wait until ready, stop."""
