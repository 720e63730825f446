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
    judge(out, "duet_control", "A lane against itself, by duets", lines, criteria(every))


def criteria(every: Sequence[Played]) -> dict[str, bool]:
    """Return what must hold of duets of a lane with itself, each with what was found."""
    most_wrong = math.floor(MOST_WRONG_SHARE * len(every))
    wrong = sum(each.verdict().verdict not in MODEST for each in every)
    half, took_s = max(each.half_width for each in every), max(each.took_s for each in every)
    return {
        f"of {len(every)} duets at most {most_wrong} may say of CPU per request other than equal or undecided: "
        f"{wrong} did": wrong <= most_wrong,
        f"the half-width of its interval may be {MOST_HALF_WIDTH:.0%} at most: the widest is {half:.2%}": half
        <= MOST_HALF_WIDTH,
        f"a duet may take {MOST_S:.0f} s at most: the longest took {took_s:.1f} s": took_s <= MOST_S,
    }


def _words(every: list[Played], metric: str) -> str:
    counted = Counter(each.verdict(metric).verdict for each in every)
    return ", ".join(f"{word} {count}" for word, count in counted.most_common())


if __name__ == "__main__":
    prove(Path("docs/proofs"))
