"""Arithmetic with figures that may be missing: what is not known stays unknown."""

from collections.abc import Sequence


def ms(micros: float | None) -> float | None:
    """Return microseconds as milliseconds."""
    return None if micros is None else micros / 1e3


def ratio(part: float, whole: float) -> float | None:
    """Return part ÷ whole, None where there is no whole."""
    return part / whole if whole else None


def present(numbers: Sequence[int | None]) -> list[int]:
    """Return those numbers that are there."""
    return [number for number in numbers if number is not None]
