"""Numbers as people read them: three figures that count, and a dash where nothing was measured."""

MISSING = "–"


def number(value: float | None, unit: str = "") -> str:
    """Return a number with about three figures that count."""
    if value is None:
        return MISSING
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100 or value == int(value) else f"{value:.1f}" if size >= 10 else f"{value:.2f}"  # noqa: PLR2004 - three figures
    return f"{text}{unit}"


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
