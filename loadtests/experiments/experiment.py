"""What an experiment is: a question, what is varied to answer it, and how the figures are put in words."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from loadtests.measurement.cores import Cores
from loadtests.measurement.factors import Variant
from loadtests.measurement.result import Grid, Summary
from loadtests.servers import Lane

QUICK, FULL = "quick", "full"
PRESETS = (QUICK, FULL)


def always(lane: Lane, variant: Variant, cores: Cores) -> str | None:
    """Say that every variant applies to every lane."""
    del lane, variant, cores
    return None


def nothing(stack: str) -> list[str]:
    """Say that nothing is missing."""
    del stack
    return []


def no_grids(summary: Summary) -> list[Grid]:
    """Leave it at the tables that every run has."""
    del summary
    return []


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an experiment is run: which lanes, at which numbers of users (closed) or rates (open).

    `budget_s` is what the run may take; a cell whose slice would take longer than `longest_s` is left out.
    """

    lanes: tuple[str, ...]
    users: tuple[int, ...]
    budget_s: float
    longest_s: float = 60.0
    rates: tuple[float, ...] = ()


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """One named plan. Every lane is measured with every variant under every scenario.

    `applies` gives the reason why a variant does not apply to a lane, or None; `missing` what cannot be
    measured here on a stack at all. `say` turns what was found into the sentences that answer the question, `grids`
    into tables beside those that every run has.
    """

    name: str
    question: str
    scenarios: tuple[str, ...]
    presets: Mapping[str, Preset]
    say: Callable[[Summary], Sequence[str]]
    variants: tuple[dict[str, str | int], ...] = ()
    seconds: float = 0.5
    applies: Callable[[Lane, Variant, Cores], str | None] = always
    missing: Callable[[str], list[str]] = nothing
    grids: Callable[[Summary], list[Grid]] = no_grids

    @property
    def factors(self) -> dict[str, list[str]]:
        """Return the factors beside lanes and load, with their values in words."""
        found: dict[str, list[str]] = {} if len(self.scenarios) == 1 else {"scenario": list(self.scenarios)}
        for variant in self.variants:
            for name, value in variant.items():
                values = found.setdefault(name, [])
                if str(value) not in values:
                    values.append(str(value))
        return found
