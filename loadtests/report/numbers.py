"""Numbers as people read them: three figures that count, and a dash where nothing was measured."""

import math

MISSING = "–"
FIGURES = 3


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
