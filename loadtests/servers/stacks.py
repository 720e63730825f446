"""The stacks: one interpreter with one generation of frameworks each."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from backing.problem import Problem

ROOT = Path(__file__).parent.parent.parent
NAMES = ("current", "vintage")


@dataclass(frozen=True)
class Stack:
    """An interpreter with one set of framework versions."""

    name: str
    python: Path


def stack(name: str) -> Stack:
    """Return the stack; raise a problem when it is unknown or its environment is missing."""
    if name == "current":
        return Stack(name, Path(sys.executable))
    if name not in NAMES:
        raise Problem(f"unknown stack {name!r}: choose one of {', '.join(NAMES)}")
    python = ROOT / ".venv-vintage" / "bin" / "python"
    if not os.access(python, os.X_OK):
        raise Problem(
            f"the stack {name} has no usable environment at {python.parent.parent}:"
            " run `make setup` with Python 3.11 or 3.12 on PATH"
        )
    return Stack(name, python)
