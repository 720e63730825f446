"""Numbers of users as people write them: `1,8,64`, `1,2,4,...,512`, `1,2,4,…,512` or `1..512`."""

import re
from collections.abc import Iterator

from backing.problem import Problem

_AND_SO_ON = re.compile(r"\.{2,3}|…")


def levels(option: str, text: str, most: int) -> tuple[int, ...]:
    """Return the numbers in order, each once; raise `Problem` naming the option. Dots stand for doubling."""
    # `1..512` is what `1,...,512` is.
    text = _AND_SO_ON.sub(",…,", text)
    found: list[int] = []
    doubling = False
    parts = [part.strip() for part in text.split(",")]
    for place, part in enumerate(parts):
        if part == "…" and found:
            doubling = True
        elif part or not _beside_dots(parts, place):
            number = _read(option, part, most)
            if doubling and number <= found[-1]:
                raise Problem(f"{option}: {found[-1]}..{number} does not rise; write the smaller number first")
            found += [*(_doubled(found[-1], number) if doubling else ()), number]
            doubling = False
    if doubling:
        raise Problem(f"{option}: after the dots comes the last number, for example 1,2,4,...,512")
    return tuple(sorted(set(found)))


def _beside_dots(parts: list[str], place: int) -> bool:
    """Tell whether an empty part stands beside dots, whose own commas made it."""
    return "…" in parts[max(0, place - 1) : place + 2]


def _doubled(first: int, last: int) -> Iterator[int]:
    number = first * 2
    while number < last:
        yield number
        number *= 2


def _read(option: str, text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:20]) <= most:
        raise Problem(f"{option} {text or '(empty)'}: give a whole number from 1 to {most}, or several: 1,2,4,...,512")
    return int(text)
