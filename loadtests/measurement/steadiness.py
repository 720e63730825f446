"""Whether a lane served as much at the end of its windows as at their beginning."""

from collections.abc import Sequence

import numpy as np

LEAST_SLICES = 3
# Below this the change would not move a verdict; noise is judged by how the slices differ among themselves.
CHANGE = 0.25
ERRORS = 5.0


def change(thirds: Sequence[tuple[int, int, int]]) -> float | None:
    """Return by what share the last third of the windows differs from the first, None unless it surely does."""
    if len(thirds) < LEAST_SLICES:
        return None
    # A half more, so that an empty third has a logarithm.
    first, last = (np.array([each[place] for each in thirds]) + 0.5 for place in (0, 2))
    logs = np.log(last / first)
    counted = float(np.sqrt(1 / first.sum() + 1 / last.sum()))
    error = max(float(logs.std(ddof=1)) / len(thirds) ** 0.5, counted)
    mean = float(logs.mean())
    return float(np.expm1(mean)) if abs(mean) > max(np.log1p(CHANGE), ERRORS * error) else None
