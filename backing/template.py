"""Filled data folders kept between runs, so that a run's own database starts with its rows in well under a second.

Two runs may make one at once: each makes its own and moves it into place in one step; the second one is thrown away.
A folder that another user left there is not used: what stands in its configuration would be carried out.
"""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from backing import articles
from backing.accounts import hand_over
from backing.notice import tell
from backing.problem import Problem
from backing.scratch import scratch
from contract import bodies, queries

CACHE = Path(__file__).parent.parent / ".cache"


def provided(data: Path, kept: Path, make: Callable[[], None]) -> Path:
    """Return the folder `data`, copied from `kept` or made and kept; it belongs to the account that serves it."""
    if not _copied(kept, data):
        started = time.monotonic()
        tell("Making the database (10 000 articles); later runs copy it …")
        make()
        _keep(data, kept)
        tell(f"Made the database in {time.monotonic() - started:.1f} s.")
    hand_over(data)
    return data


def key(words: Iterable[str]) -> str:
    """Name a template after all that decides its bytes: the rows, the tables, and `words`."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (articles, bodies, queries)]
    return hashlib.sha256(b"\0".join([*sources, *(word.encode() for word in words)])).hexdigest()[:20]


def _copied(kept: Path, data: Path) -> bool:
    """Copy the template when it is there, ours and readable; leave nothing behind when not."""
    try:
        if kept.stat().st_uid == os.geteuid():
            shutil.copytree(kept, data)
            return True
        reason = "it belongs to another user"
    except FileNotFoundError:
        return False
    except OSError as error:
        shutil.rmtree(data, ignore_errors=True)
        reason = str(error)
    tell(f"The kept database in {kept} is not used, which costs a few seconds: {reason}; remove it to be rid of this.")
    return False


def _keep(data: Path, kept: Path) -> None:
    """Move a copy into place in one step; tell, and go on, where it cannot be kept."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with scratch(kept.parent) as folder:
            shutil.copytree(data, folder / "data")
            (folder / "data").rename(kept)
    except (OSError, Problem) as problem:
        another_run_was_first = isinstance(problem, OSError) and problem.errno == errno.ENOTEMPTY
        if not another_run_was_first:
            tell(f"The database could not be kept for later runs: {problem}")
