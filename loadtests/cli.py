"""Where the command `trilane` begins, and how it ends: this much is there before Ctrl-C can be pressed."""

import io
import sys

from backing.problem import Problem

# As programs do that end by SIGINT.
_INTERRUPTED = 130


def main() -> None:
    """Run one command; print a problem in one line and exit with its code, quietly where Ctrl-C ended it."""
    for stream in (sys.stdout, sys.stderr):
        # A locale that knows no ÷ gets a question mark instead: a sign is no reason to fail.
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(errors="replace")
    try:
        # Here, because Ctrl-C may come while this is read, which takes a second.
        from loadtests.program import app  # noqa: PLC0415

        app()
    except Problem as problem:
        print(f"trilane: {problem}", file=sys.stderr)  # noqa: T201 - this is the command line
        raise SystemExit(problem.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
