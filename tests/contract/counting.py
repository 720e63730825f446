"""What Schemathesis loads beside itself: it counts with which statuses each operation was answered.

At its end a line is added to the file that the environment names: a JSON object of `METHOD PATH STATUS`, each with how
often it came. The path is the document's; the method is the one that was sent, which may be none of the document's.
"""

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

COUNTED = "TRILANE_TEST_COUNTED"
_counts: Counter[str] = Counter()


def after_call(_: object, case: Any, response: Any) -> None:
    """Count one answer."""
    _counts[f"{case.method.upper()} {case.operation.path} {response.status_code}"] += 1


def _keep() -> None:
    with Path(os.environ[COUNTED]).open("a") as file:
        file.write(json.dumps(_counts) + "\n")


if COUNTED in os.environ:
    import schemathesis

    schemathesis.hook(after_call)
    atexit.register(_keep)
