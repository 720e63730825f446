"""How long a duet may take, in seconds: what `--help` tells, so nothing is imported for it."""

# Starting the program and ending it are the rest of a minute.
DEFAULT_SECONDS = 57.0
LEAST_SECONDS, MOST_SECONDS = 15.0, 3_600.0
