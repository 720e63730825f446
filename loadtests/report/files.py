"""A page as a file, and before somebody's eyes."""

import contextlib
import webbrowser
from pathlib import Path

from backing.problem import Problem


def require_file(path: Path, option: str) -> None:
    """Raise `Problem` naming the option where no page can be written: said before anything else is done."""
    # Of `.` and `/` the name is empty, so no draft could stand beside it.
    if path.is_dir() or not path.name:
        raise Problem(f"{path} is a folder, and the page is a file; name one with {option}, as {path / 'page.html'}")
    if not path.parent.is_dir():
        raise Problem(f"{path} cannot be written: {path.parent} is no folder; name another file with {option}")


def kept(html: str, path: Path, option: str) -> Path:
    """Write a page, which a reader finds whole or not at all; raise `Problem` naming the option where it cannot be."""
    require_file(path, option)
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_text(html, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise Problem(f"{path} cannot be written ({error.strerror}); name another file with {option}") from None
    return path


def show(page: Path) -> None:
    """Open a page in the browser; raise `Problem` where there is none."""
    if not webbrowser.open(page.resolve().as_uri()):
        raise Problem(f"no browser could be started; open {page.resolve()} yourself")
