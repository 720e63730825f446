"""How large a request may be: what is larger is answered with 413, before it is read where it says how large it is."""

BODY_BYTES = 1_048_576
QUERY_BYTES = 8_000
# Of a form: its files, and its other fields.
FILES = 4
FIELDS = 1_000
# What has no body, or one that nobody reads.
BODILESS = frozenset({"GET", "HEAD"})
