"""A lane's rounds beside those of other lanes, which stand for what the machine did in each round.

Rounds are matched by their numbers: a lane may have no slice that counts in some of them. Lanes that differ by a factor
of ten must not move the others' median by being there or not. So each is first put around its own level, which is the
same for both runs: what changed from run to run stays in.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np

from loadtests.measurement.series import Numbers

# Levels and rounds are told apart in turn (Tukey 1977, median polish); the third time hardly changes either.
_STEPS = 2

# One lane's natural logarithms in run A and in run B, NaN where nothing counts; the two may differ in length.
Rows = tuple[Numbers, Numbers]


def logs(values: Sequence[float | None]) -> Numbers:
    """Return the natural logarithms of a lane's figures per round, NaN where there is none."""
    return np.array([math.log(value) if value else math.nan for value in values])


def against(own: Rows, others: Sequence[Rows], least: int) -> Rows:
    """Return in each run the logarithms of a lane's ratio to the median of the others, by round.

    NaN where the lane has nothing that counts, or fewer than `least` of the others have.
    """
    tables = [_table([own[run], *(each[run] for each in others)]) for run in (0, 1)]
    machines = [np.zeros(len(table)) for table in tables]
    for _ in range(_STEPS):
        # A lane without a level in either run says nothing of their difference.
        of_runs = [_middles((table[:, 1:] - each[:, None]).T) for table, each in zip(tables, machines, strict=True)]
        level = np.mean(of_runs, axis=0)
        machines = [_middles(table[:, 1:] - level) for table in tables]
    counted = [np.sum(~np.isnan(table[:, 1:] - level), axis=1) >= least for table in tables]
    in_a, in_b = (
        np.where(enough, table[:, 0] - machine, math.nan)
        for table, machine, enough in zip(tables, machines, counted, strict=True)
    )
    return in_a, in_b


def _table(rows: Sequence[Numbers]) -> Numbers:
    """Return rounds × lanes; what comes after a lane's last slice is NaN."""
    return np.array(list(itertools.zip_longest(*rows, fillvalue=math.nan)), dtype=float).reshape(-1, len(rows))


def _middles(table: Numbers) -> Numbers:
    return np.array([float(np.median(row[known])) if (known := ~np.isnan(row)).any() else math.nan for row in table])
