"""What a duet says of a lane and itself: twenty of a minute each."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from loadtests.duet.conclude import METRICS
from tests.proofs.dueting import Played, duet, rows
from tests.proofs.writing import judge

# Each server that the lanes have, and each framework.
LANES = ("flask-thread", "fastapi-coroutine", "django-thread", "django-coroutine")
REPEATS = 20
MODEST = {"equal", "undecided"}
MOST_WRONG_SHARE = 0.05
MOST_HALF_WIDTH = 0.02
# A full garbage collection takes Django 38 ms here, two dozen of this lane's requests. Where requests wait for threads
# they outlive the small collections, so that a full one falls into one window and not into the next.
LUMPY, MOST_WHERE_LUMPY = "django-coroutine", 0.04
MOST_S = 60.0


def prove(out: Path, repeats: int = REPEATS) -> None:
    """Play them, and write how often they say what is not so, and how sure they are."""
    played = []
    for number in range(repeats):
        lane = LANES[number % len(LANES)]
        played.append((f"{number + 1}: {lane}", duet(lane, "--scenario", "hello", "--seed", str(number + 1))))
    every = [each for _, each in played]
    lines = [
        f"Each is `trilane duet LANE --scenario hello`: one program on both sides. CPU per request, {repeats} duets:",
        "",
        *rows(played),
        "",
        f"- The half-width of the interval is {median(each.half_width for each in every):.2%} as a rule.",
        *(f"- {metric.name}: {_words(every, metric.name)}." for metric in METRICS),
    ]
    judge(out, "duet_control", "A lane against itself, by duets", lines, criteria(every) | widths(played))


def criteria(every: Sequence[Played]) -> dict[str, bool]:
    """Return what must hold of duets of a lane with itself, each with what was found."""
    most_wrong = math.floor(MOST_WRONG_SHARE * len(every))
    wrong = sum(each.verdict().verdict not in MODEST for each in every)
    took_s = max(each.took_s for each in every)
    return {
        f"of {len(every)} duets at most {most_wrong} may say of CPU per request other than equal or undecided: "
        f"{wrong} did": wrong <= most_wrong,
        f"a duet may take {MOST_S:.0f} s at most: the longest took {took_s:.1f} s": took_s <= MOST_S,
    }


def widths(played: Sequence[tuple[str, Played]]) -> dict[str, bool]:
    """Return how wide intervals may be, the lane apart whose windows hold rare lumps of work."""
    lumpy = {name: each.half_width for name, each in played if name.endswith(LUMPY)}
    widest = max(each.half_width for name, each in played if name not in lumpy)
    met = {
        f"the half-width of its interval may be {MOST_HALF_WIDTH:.0%} at most: the widest is {widest:.2%}": widest
        <= MOST_HALF_WIDTH
    }
    if lumpy:
        half = max(lumpy.values())
        met[f"{LUMPY}: it may be {MOST_WHERE_LUMPY:.0%} at most: the widest is {half:.2%}"] = half <= MOST_WHERE_LUMPY
    return met


def _words(every: list[Played], metric: str) -> str:
    counted = Counter(each.verdict(metric).verdict for each in every)
    return ", ".join(f"{word} {count}" for word, count in counted.most_common())


if __name__ == "__main__":
    prove(Path("docs/proofs"))
