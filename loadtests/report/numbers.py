"""Numbers as people read them: three figures that count, and a dash where nothing was measured."""

import math

from loadtests.measurement.curve import Estimate

MISSING = "–"
FIGURES = 3
_TINY = 1e-3


def number(value: float | None, unit: str = "") -> str:
    """Return a number with three figures that count, whole numbers in full."""
    if value is None:
        return MISSING
    if value == int(value):
        return f"{value:,.0f}{unit}"
    decimals = max(0, FIGURES - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}{unit}"


def share(value: float | None) -> str:
    """Return a share as percent."""
    return MISSING if value is None else f"{value:.0%}"


def mebibytes(value: int | None) -> str:
    """Return bytes as MiB."""
    return MISSING if value is None else f"{value / 2**20:,.0f}"


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def span(estimate: Estimate) -> str:
    """Return a figure with its interval."""
    return f"{small(estimate.value)} [{small(estimate.low)}, {small(estimate.high)}]"


def small(value: float) -> str:
    """Return a figure that may be tiny: in powers of ten where zeros would hide it."""
    return f"{value:.1e}" if 0 < abs(value) < _TINY else number(float(f"{value:.{FIGURES}g}"))
