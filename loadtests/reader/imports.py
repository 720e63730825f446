"""Where a module takes its names from: two lines of the same words may mean different things."""

import ast
from functools import cache

from loadtests.reader.apps import APPS

_OWN = {f"{app}_app" for app in APPS}


@cache
def imports(text: str) -> dict[str, str]:
    """Return the names that a module imports at its top, each with the module that has it.

    What each app has of its own under the same path counts as the same place.
    """
    found: dict[str, str] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {name.asname or name.name: _place(node.module) for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.asname or name.name: name.name for name in node.names}
    return found


def _place(module: str) -> str:
    first, _, rest = module.partition(".")
    return f"the app's {rest or 'package'}" if first in _OWN else module
