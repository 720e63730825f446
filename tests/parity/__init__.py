"""The three apps are the same site: the same files, names and docstrings, but for the asymmetries that are listed."""
