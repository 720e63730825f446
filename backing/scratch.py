"""A run's temporary folder, removed by whatever cause the run ends, `kill -9` included.

The folder is made by its keeper, so there is no moment at which it exists without one.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backing.accounts import reachable
from backing.leash import start_keeper
from backing.problem import Problem

# A Unix socket's whole path must stay below 104 bytes on macOS and 108 on Linux.
_LONGEST = 48


@contextlib.contextmanager
def scratch(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder (in `parent`, or where temporary folders go) and remove it at the end of the block.

    Without a `parent` its path is short enough for sockets, and as root other accounts may pass through it.
    """
    process, answer = start_keeper({"parent": str(parent or temporary())})
    try:
        if not answer.startswith("/"):
            raise Problem(f"no folder can be made in {parent or temporary()}: {answer}; set TMPDIR to another place")
        folder = Path(answer)
        if parent is None and os.geteuid() == 0:
            folder.chmod(0o711)
        yield folder
    finally:
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(b"0\n")  # said, unlike at our death: no program of ours is still at work in it
        process.wait()


def temporary() -> Path:
    """Return the system's folder for temporary files, `/tmp` where that one's path is long or private to root."""
    usual = Path(tempfile.gettempdir())
    return usual if fits_sockets(usual) and reachable(usual) else Path("/tmp")  # noqa: S108 - the folder in it is private


def fits_sockets(folder: Path) -> bool:
    """Tell whether the path leaves room for a socket's name."""
    return len(os.fsencode(folder.absolute())) <= _LONGEST
