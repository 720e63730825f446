"""What a duet says of a lane and a copy of it that is slower by a known share of its CPU per request."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median

from tests.proofs.dueting import HEAD, Played, duet, row
from tests.proofs.slowed import LANE, burning, times_for
from tests.proofs.writing import judge, table

REPEATS = 10
FELT, SLIGHT = SHARES = (0.05, 0.01)
# By what part of itself the work may differ from what it is meant to be.
TRUE_WITHIN = 0.2
# How far the mean ratio may be from the mean truth, half of what a verdict takes at least, and of how many duets the
# interval has to hold its own.
MEAN_WITHIN = 0.01
LEAST_HELD_SHARE = 0.8
# Of the duets with a copy that is slower by what is felt.
LEAST_TOLD_SHARE = 0.9
MOST_S = 60.0
# The slowed copy is side b, so what a is against it is told.
_OF_THE_COPY = {"faster": "slower", "slower": "faster"}
_ABOUT = (
    f"Each is `trilane duet {LANE} --scenario hello --checkout-b COPY`. In every request the copy's first hook does "
    "work; in one of 200 it tells how much CPU time that takes, by the clock of the thread that answers. The true "
    "ratio is this beside what a request of the original takes in the same duet. The original has the same hook, "
    "which does nothing, and what its clock tells is taken off: the work is all they differ in. Ratios and verdicts "
    "are turned here, to those of the copy."
)


def prove(out: Path, repeats: int = REPEATS) -> None:
    """Play duets with a copy slowed by 5 % and by 1 %, and write what they say of it."""
    lines = [_ABOUT, ""]
    every: dict[float, list[Played]] = {}
    truths: dict[float, list[float]] = {}
    for share in SHARES:
        told, every[share], truths[share] = _proved(share, repeats)
        lines += [f"## Slowed by {share:.0%}", "", *told, ""]
    judge(
        out,
        "duet_sensitivity",
        "A slowed copy, by duets",
        lines,
        criteria(every[FELT], every[SLIGHT]) | true_shares(truths) | held(every, truths),
    )


def criteria(felt: Sequence[Played], slight: Sequence[Played]) -> dict[str, bool]:
    """Return what must hold of duets with copies that are slower by 5 % and by 1 %, each with what was found."""
    slower = [of_the_copy(played) for played in felt].count("slower")
    faster = [of_the_copy(played) for played in slight].count("faster")
    least = math.ceil(LEAST_TOLD_SHARE * len(felt))
    took_s = max(played.took_s for played in (*felt, *slight))
    return {
        f"a copy slowed by {FELT:.0%} must be called slower in {least} of {len(felt)}: it was in {slower}": slower
        >= least,
        f"a copy slowed by {SLIGHT:.0%} may never be called faster: it was in {faster} of {len(slight)}": not faster,
        f"a duet may take {MOST_S:.0f} s at most: the longest took {took_s:.1f} s": took_s <= MOST_S,
    }


def true_shares(truths: Mapping[float, Sequence[float]]) -> dict[str, bool]:
    """Return that the copies were slowed by what they were meant to be, as their own clocks tell."""
    return {
        f"a copy meant to be slower by {share:.0%} must be so within {TRUE_WITHIN:.0%} of that: it was by "
        f"{min(found) - 1:.1%} to {max(found) - 1:.1%}": all(
            abs((each - 1) / share - 1) <= TRUE_WITHIN for each in found
        )
        for share, found in truths.items()
    }


def held(every: Mapping[float, Sequence[Played]], truths: Mapping[float, Sequence[float]]) -> dict[str, bool]:
    """Return that ratios are true on average, and that intervals hold the truth."""
    found = {}
    for share, duets in every.items():
        off = fmean(1 / (each.verdict().ratio or 1) for each in duets) - fmean(truths[share])
        holds = sum(_holds(each, truth) for each, truth in zip(duets, truths[share], strict=True))
        least = math.ceil(LEAST_HELD_SHARE * len(duets))
        found[f"slowed by {share:.0%}: ratios must be true within {MEAN_WITHIN:.1%} on average: off by {off:+.2%}"] = (
            abs(off) <= MEAN_WITHIN
        )
        found[f"slowed by {share:.0%}: {least} of {len(duets)} intervals must hold the truth: {holds} do"] = (
            holds >= least
        )
    return found


def _proved(share: float, repeats: int) -> tuple[list[str], list[Played], list[float]]:
    found: list[tuple[Played, float]] = []
    with burning(0) as plain, burning(times_for(share, LANE, plain)) as slowed:
        for number in range(repeats):
            words = ("--scenario", "hello", "--checkout-b", slowed.folder, "--seed", str(number + 1))
            played = duet(LANE, *words, root=plain.folder)
            found.append((played, 1 + (slowed.burnt_us() - plain.burnt_us()) / played.cpu_us[0]))
    head = (*HEAD[:2], "true", *HEAD[2:])
    lines = table(head, [_row(number, played, truth) for number, (played, truth) in enumerate(found, 1)])
    said = [of_the_copy(played) for played, _ in found]
    told = [
        f"A request of the original takes {median(played.cpu_us[0] for played, _ in found):.0f} µs of CPU time.",
        "",
        *lines,
        "",
        f"- The copy is called slower in {said.count('slower')} of {repeats}, faster in {said.count('faster')}.",
        f"- The longest took {max(played.took_s for played, _ in found):.0f} s.",
    ]
    return told, [played for played, _ in found], [truth for _, truth in found]


def _row(number: int, played: Played, truth: float) -> tuple[object, ...]:
    verdict = played.verdict()
    told = list(row(str(number), played))
    told[1] = f"{1 / (verdict.ratio or 1):.4f}"
    told[2] = f"{1 / (verdict.high or 1):.4f} to {1 / (verdict.low or 1):.4f}"
    told[7] = of_the_copy(played)
    return (*told[:2], f"{truth:.4f}", *told[2:])


def of_the_copy(played: Played) -> str:
    """Return the verdict of CPU per request as one of the slowed copy."""
    said = played.verdict().verdict
    return _OF_THE_COPY.get(said, said)


def _holds(played: Played, truth: float) -> bool:
    verdict = played.verdict()
    return (verdict.low or 0) <= 1 / truth <= (verdict.high or 0)


if __name__ == "__main__":
    prove(Path("docs/proofs"))
