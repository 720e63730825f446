"""Make the containers' secrets: the database's password, the key of the cookies, the web UI's password.

They are random, made once, and in no other file; TRILANE_DATABASE_PASSWORD, TRILANE_SECRET_KEY and TRILANE_UI_PASSWORD
give others.
"""

import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from backing.problem import Problem

PASSWORD, KEY, UI_PASSWORD = "TRILANE_DATABASE_PASSWORD", "TRILANE_SECRET_KEY", "TRILANE_UI_PASSWORD"
_SHORTEST = 12
# What needs no quoting anywhere: in libpq's file, in a shell, in SQL.
_PLAIN = re.compile(r"[A-Za-z0-9._~-]{16,}")


def make_all(folder: Path, ui_folder: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Make `pgpass`, in libpq's own format, and `secret_key`, which signs the cookies of all processes.

    The web UI's `password` has a folder of its own: the apps read the others. Raises a problem where what is given
    cannot be used, or the database was made with another password.
    """
    password, key = _given(environment, PASSWORD), _given(environment, KEY)
    ui_password = _given_ui(environment)
    _make_password(folder / "pgpass", password)
    _make_key(folder / "secret_key", key)
    _make_ui_password(ui_folder / "password", ui_password)


def long_enough(password: str) -> str:
    """Return the web UI's password, empty where there is none; raise a problem where it is too short to be one."""
    if password and len(password) < _SHORTEST:
        raise Problem(f"{UI_PASSWORD} has {len(password)} characters; give at least {_SHORTEST}")
    return password


def _given(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "")
    if text and not _PLAIN.fullmatch(text):
        raise Problem(f"{name} has {len(text)} characters: give 16 or more, letters, digits and any of . _ ~ - alone")
    return text


def _given_ui(environment: Mapping[str, str]) -> str:
    text = long_enough(environment.get(UI_PASSWORD, ""))
    if text != text.strip():
        raise Problem(f"{UI_PASSWORD} begins or ends with a space, which a file does not keep: give it without")
    return text


def _make_password(path: Path, given: str) -> None:
    if not path.exists():
        _write(path, f"*:*:*:*:{given or secrets.token_hex(24)}")
    elif given and path.read_text(encoding="ascii").strip() != f"*:*:*:*:{given}":
        raise Problem(
            f"the database was made with another password than {PASSWORD}:"
            " unset it, or remove the database with `docker compose down --volumes`"
        )


def _make_key(path: Path, given: str) -> None:
    """Make a key where there is none; another one that is given takes its place, and ends all sessions."""
    if given or not path.exists():
        _write(path, given or secrets.token_hex())


def _make_ui_password(path: Path, given: str) -> None:
    """Make a password where there is none; another one that is given takes its place."""
    if given or not path.exists():
        _write(path, given or secrets.token_urlsafe(18))


def _write(path: Path, text: str) -> None:
    """Write a line to a file that only its owner reads."""
    # Complete under another name first: a reader never sees half a secret.
    unfinished = path.with_suffix(".new")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - Path.open takes no mode
        file.write(f"{text}\n")
    unfinished.replace(path)


if __name__ == "__main__":
    try:
        make_all(Path(sys.argv[1]), Path(sys.argv[2]))
    except Problem as problem:
        raise SystemExit(str(problem)) from None
