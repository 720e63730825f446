"""Run the long proofs, all or those that are named, and write what they find: `python -m tests.proofs [NAME …]`.

They compare speeds and take minutes each, so they want a quiet machine.
"""

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path

from backing.problem import Problem
from tests import proofs

OUT = Path("docs/proofs")


def names() -> list[str]:
    """Return all proofs: the modules here that have a `prove`."""
    modules = [each.name for each in pkgutil.iter_modules(proofs.__path__) if each.name != "__main__"]
    return [name for name in modules if hasattr(importlib.import_module(f"tests.proofs.{name}"), "prove")]


def main(asked: Sequence[str]) -> None:
    """Run them one after another."""
    if unknown := set(asked) - set(names()):
        raise Problem(f"no proof is called {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    for name in asked or names():
        print(f"{name} …", flush=True)  # noqa: T201 - this is a command
        importlib.import_module(f"tests.proofs.{name}").prove(OUT)


if __name__ == "__main__":
    main(sys.argv[1:])
