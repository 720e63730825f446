"""The account that PostgreSQL runs under: it refuses to run as root, so root starts it as `nobody`."""

import os
import pwd
import shutil
import stat
from pathlib import Path

from backing.problem import Problem


def account() -> tuple[int, int] | None:
    """Return the user and group ids to run under, or None to run as who we are."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Problem(
            "PostgreSQL refuses to run as root and there is no user `nobody`: run as another user,"
            " or set TRILANE_DATABASE_URL to an existing database"
        ) from None
    return nobody.pw_uid, nobody.pw_gid


def reachable(path: Path) -> bool:
    """Tell whether the account can read `path` and pass through every folder above it."""
    if account() is None:
        return os.access(path, os.R_OK | os.X_OK)
    whole = path.resolve()
    needed = stat.S_IROTH | stat.S_IXOTH
    return whole.stat().st_mode & needed == needed and all(
        above.stat().st_mode & stat.S_IXOTH for above in whole.parents
    )


def hand_over(folder: Path) -> None:
    """Give `folder` and all that is in it to the account."""
    owner = account()
    if owner is None:
        return
    shutil.chown(folder, *owner)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent, name), *owner, follow_symlinks=False)
