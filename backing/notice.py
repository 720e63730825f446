"""Say on standard error why something takes its time or costs more than it should."""

import sys


def tell(message: str) -> None:
    """Print one line for the person who waits; standard output stays for results."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - this is the one place that talks
