"""Folders that an option names, made where they are missing."""

from pathlib import Path

from backing.problem import Problem


def made(option: str, folder: Path) -> Path:
    """Return the absolute path of a folder, made with its parents; raise `Problem` where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{option} {folder}: it cannot be made ({error.strerror}); name another folder") from None
    return folder.absolute()


def new(option: str, folder: Path) -> Path:
    """Return the absolute path of a folder that is empty; raise `Problem` where it holds anything."""
    own = made(option, folder)
    if held := sorted(each.name for each in own.iterdir()):
        raise Problem(f"{option} {folder}: it already holds {held[0]}; name a folder that does not exist or is empty")
    return own
