"""One error type for what a person can mend: the command line prints it in one line and exits with its code."""

from pathlib import Path


class Problem(Exception):  # noqa: N818 - it names what the person has, not a failure of the program
    """Say what happened, why, and what to do next, in one line with the number in it.

    `exit_code`: 2 wrong usage or environment, 4 a lane that could not start.
    """

    exit_code = 2


class LaneFailed(Problem):
    """A lane did not become ready or died; the message quotes the end of its log."""

    exit_code = 4


def end_of(log: Path, lines: int = 15) -> str:
    """Return the end of a log as the tail of a message, with the file's name."""
    try:
        text = log.read_text(errors="replace")
    except OSError as error:
        return f"; its log cannot be read: {error}"
    last = "".join(f"\n  | {line}" for line in _telling(text.splitlines())[-lines:])
    return f"; its log, {log}, ends:{last}" if last else f"; its log, {log}, is empty"


def _telling(lines: list[str]) -> list[str]:
    """Leave out of tracebacks what lies in libraries: a server's own frames would push the cause out of sight."""
    told = []
    in_library = False
    for line in lines:
        if line.startswith("  File "):
            in_library = any(part in line for part in ("site-packages", "<frozen ", "/lib/python3", ".pyx"))
        elif not line.startswith("    "):
            in_library = False
        if not in_library:
            told.append(line)
    return told
