"""A page as a file, and before somebody's eyes."""

import webbrowser
from pathlib import Path

from backing.problem import Problem


def kept(html: str, path: Path, option: str) -> Path:
    """Write a page, which a reader finds whole or not at all; raise `Problem` naming the option where it cannot be."""
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_text(html)
        draft.replace(path)
    except OSError as error:
        raise Problem(f"{path} cannot be written ({error.strerror}); name another file with {option}") from None
    return path


def show(page: Path) -> None:
    """Open a page in the browser; raise `Problem` where there is none."""
    if not webbrowser.open(page.resolve().as_uri()):
        raise Problem(f"no browser could be started; open {page.resolve()} yourself")
