"""What a duet says of a lane and itself: twenty of a minute each."""

from collections import Counter
from pathlib import Path

from loadtests.duet.conclude import METRICS
from tests.proofs.dueting import Played, duet, rows
from tests.proofs.writing import write

# Each server that the lanes have, and each framework.
LANES = ("flask-thread", "fastapi-coroutine", "django-thread", "django-coroutine")
REPEATS = 20
MODEST = {"equal", "undecided"}


def prove(out: Path, repeats: int = REPEATS) -> None:
    """Play them, and write how often they say what is not so, and how sure they are."""
    played = []
    for number in range(repeats):
        lane = LANES[number % len(LANES)]
        played.append((f"{number + 1}: {lane}", duet(lane, "--scenario", "hello", "--seed", str(number + 1))))
    every = [each for _, each in played]
    widths = sorted(each.half_width for each in every)
    lines = [
        f"Each is `trilane duet LANE --scenario hello`: one program on both sides. CPU per request, {repeats} duets:",
        "",
        *rows(played),
        "",
        f"- The half-width of the interval is {widths[len(widths) // 2]:.2%} as a rule and {widths[-1]:.2%} at most.",
        f"- The longest took {max(each.took_s for each in every):.0f} s.",
        *(f"- {metric.name}: {_words(every, metric.name)}." for metric in METRICS),
        f"- {_wrong(every)} of {repeats} say of CPU per request something other than equal or undecided.",
    ]
    write(out, "duet_control", "A lane against itself, by duets", lines)


def _words(every: list[Played], metric: str) -> str:
    counted = Counter(each.verdict(metric).verdict for each in every)
    return ", ".join(f"{word} {count}" for word, count in counted.most_common())


def _wrong(every: list[Played]) -> int:
    return sum(each.verdict().verdict not in MODEST for each in every)


if __name__ == "__main__":
    prove(Path("docs/proofs"))
