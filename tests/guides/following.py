"""Do what a guide says, in a copy of the repository: write its files, make its changes, type its commands."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.servers.stacks import ROOT
from tests.guides.steps import Change, File, Output, Shell, Step
from tests.waiting import eventually

GUIDES = ROOT / "docs" / "guides"
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".cache", ".*_cache", "__pycache__", "runs", "site")
_PRINTS_WITHIN_S = 90.0
_TYPED_WITHIN_S = 170.0
_ENDS_WITHIN_S = 30.0
UNTRUSTED = 3


@dataclass
class Desk:
    """A copy of the repository in which somebody follows guides; `printed` is what the last shell step printed."""

    root: Path
    printed: Path = Path(os.devnull)
    _steps: int = 0
    _going: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def follow(self, steps: Iterable[Step]) -> None:
        """Take the steps in turn; raise `AssertionError` where one does not do what the guide says."""
        for step in steps:
            match step:
                case Shell(shown="", how="background"):
                    self._begin(step)
                case Shell(shown=""):
                    self._type(step)
                case Output():
                    self._compare(step)
                case File():
                    self._write(step)
                case Change():
                    self._change(step)
                case _:
                    pass  # shown alone

    def end(self) -> None:
        """End what still runs in the background, as Ctrl-C does; kill what does not mind that."""
        for each in self._going:
            for number in (signal.SIGINT, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(each.pid, number)
                    each.wait(_ENDS_WITHIN_S)

    def _begin(self, step: Shell) -> "subprocess.Popen[bytes]":
        self._steps += 1
        self.printed = self.root.parent / f"printed-{self._steps}.log"
        with self.printed.open("wb") as log:
            started = subprocess.Popen(
                ["/bin/bash", "-euc", step.commands], cwd=self.root, env=self._environment(), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._going.append(started)
        return started

    def _type(self, step: Shell) -> None:
        started = self._begin(step)
        code = started.wait(_TYPED_WITHIN_S)
        self._going.remove(started)
        right = (0, UNTRUSTED) if step.how.endswith("unsteady") else (0,)
        assert code in right, f"{step.commands}\nended with code {code}:\n{self.printed.read_text()}"

    def _compare(self, step: Output) -> None:
        def missing() -> list[str]:
            found = masked(self.printed.read_text())
            return [line for line in step.lines.splitlines() if masked(line) not in found]

        goes_on = bool(self._going) and self._going[-1].poll() is None
        eventually(lambda: not missing(), _PRINTS_WITHIN_S if goes_on else 0.0)
        assert not missing(), f"{missing()} is not in:\n{self.printed.read_text()}"

    def _write(self, step: File) -> None:
        path = self.root / step.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text)

    def _change(self, step: Change) -> None:
        path = self.root / step.path
        text = path.read_text()
        assert text.count(step.before) == 1, f"{step.path} has {text.count(step.before)} times:\n{step.before}"
        path.write_text(text.replace(step.before, step.after))

    def _environment(self) -> dict[str, str]:
        # What is installed in the environment is the checkout itself: the copy comes before it.
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "PYTHONPATH": str(self.root), "COLUMNS": "200", "NO_COLOR": "1"}


def masked(text: str) -> str:
    """Return the text with one space for several, and # for each number: figures are those of a machine."""
    return re.sub(r"\d[\d,.]*", "#", re.sub(r"\s+", " ", text)).strip()


@contextlib.contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """Copy the repository, with the environments of this one; end in the end what was begun there."""
    root = folder / "trilane"
    shutil.copytree(ROOT, root, ignore=_LEFT_OUT)
    for environment in ROOT.glob(".venv*"):
        (root / environment.name).symlink_to(environment)
    own = Desk(root)
    try:
        yield own
    finally:
        own.end()
