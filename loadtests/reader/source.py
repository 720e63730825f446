"""Where code is read from: the files as they are, or as they were at a commit."""

import shutil
import subprocess
from functools import cache, cached_property
from pathlib import Path

from loadtests.servers.stacks import ROOT

_LETTERS = 12


class Source:
    """The project's files: those on disk, or those of a commit, where git still knows it.

    `said` tells a reader which they are, `commit` is None for those on disk.
    """

    def __init__(self, commit: str | None = None, root: Path = ROOT) -> None:
        self.root = root
        self.asked = commit
        self.commit = _full(commit, root) if commit else None
        self._read: dict[str, str | None] = {}

    @cached_property
    def said(self) -> str:
        """Say which files these are, in words that fit behind "The code is"."""
        if self.commit:
            return f"that of commit {self.commit[:_LETTERS]}"
        if self.asked:
            return f"that of the files as they are now, since git does not know commit {self.asked[:_LETTERS]} here"
        return "that of the files as they are now"

    def text(self, file: str) -> str | None:
        """Return a file's text by its path in the project, None where there is none."""
        if file not in self._read:
            self._read[file] = _shown(self.commit, file, self.root) if self.commit else _on_disk(file, self.root)
        return self._read[file]


def _on_disk(file: str, root: Path) -> str | None:
    path = (root / file).resolve()
    return path.read_text() if path.is_relative_to(root.resolve()) and path.is_file() else None


def _shown(commit: str, file: str, root: Path) -> str | None:
    return _git(root, "show", f"{commit}:{file}")


@cache
def _full(commit: str, root: Path) -> str | None:
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    return found.strip() if found else None


def _git(root: Path, *words: str) -> str | None:
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    done = subprocess.run([git, "-C", str(root), *words], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
