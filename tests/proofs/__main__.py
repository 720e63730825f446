"""Run the long proofs, all or those that are named, and write what they find: `python -m tests.proofs [NAME …]`.

They compare speeds and take minutes each, so they want a quiet machine. What one of them misses keeps none from its
turn: all misses are told at the end, and the exit code is 1.
"""

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backing.problem import Problem
from tests import proofs

OUT = Path("docs/proofs")


def names() -> list[str]:
    """Return all proofs: the modules here that have a `prove`."""
    modules = [each.name for each in pkgutil.iter_modules(proofs.__path__) if each.name != "__main__"]
    return [name for name in modules if hasattr(importlib.import_module(f"tests.proofs.{name}"), "prove")]


def main(asked: Sequence[str]) -> int:
    """Run them one after another; print what was not met, and return the exit code."""
    if unknown := set(asked) - set(names()):
        return told([f"no proof is called {', '.join(sorted(unknown))}; there are {', '.join(names())}"], 2)
    missed = run({name: importlib.import_module(f"tests.proofs.{name}").prove for name in asked or names()}, OUT)
    return told(missed, 1 if missed else 0)


def run(chosen: Mapping[str, Callable[[Path], object]], out: Path) -> list[str]:
    """Run proofs one after another, those after a miss too; return a line for each that was missed, or not made."""
    missed = []
    for name, prove in chosen.items():
        print(f"{name} …", flush=True)  # noqa: T201 - this is a command
        try:
            prove(out)
        except (AssertionError, Problem) as miss:
            missed.append(f"{name}: {miss}")
        except Exception as error:  # noqa: BLE001 - the proofs that follow are worth having, and the miss is told
            traceback.print_exc()
            missed.append(f"{name}: it broke with {type(error).__name__}: {error}; see above")
    return missed


def told(lines: Sequence[str], code: int) -> int:
    """Print lines for people, and return the exit code."""
    for line in lines:
        print(f"proofs: {line}", file=sys.stderr)  # noqa: T201 - this is a command
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
