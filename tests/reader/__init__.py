"""The reader: what it aligns, marks, explains and links."""
