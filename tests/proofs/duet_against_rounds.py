"""A duet and rounds on the same question for the same time: how far their answers scatter, and whether they agree."""

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median, stdev

import msgspec
from scipy import stats

from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.plan import Plan, Turn
from loadtests.measurement.record import Record
from loadtests.measurement.run import compare
from loadtests.measurement.verdict import Verdict
from loadtests.measurement.wish import Wish
from tests.proofs.dueting import CPU, duet
from tests.proofs.writing import judge, table

REPEATS = 8
SECONDS = 60.0
# Of the rounds' spread.
MOST_SPREAD = 0.5
LANE, SCENARIO, FACTOR, VALUES = "flask-thread", "signals", "receivers", (100, 0)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to the question: the ratio's logarithm, and the half-width of its interval."""

    log: float
    half_width: float


class Silent:
    """Nobody watches."""

    def say(self, text: str) -> None:
        """Show nothing."""

    def begin(self, plan: Plan) -> None:
        """Show nothing."""

    def turn(self, turn: Turn, plan: Plan) -> None:
        """Show nothing."""

    def record(self, record: Record) -> None:
        """Show nothing."""


def prove(out: Path, repeats: int = REPEATS) -> None:
    """Ask both in turn, so that both have the same hours of the machine, and write what they answered."""
    duets, rounds = [], []
    for number in range(repeats):
        duets.append(_by_duet(number + 1))
        rounds.append(_by_rounds(number + 1))
    lines = [
        f"`{LANE}` under `{SCENARIO}`: its CPU per request with {FACTOR}={VALUES[0]} ÷ that with {FACTOR}={VALUES[1]}.",
        f"Each answer took {SECONDS:.0f} s, by duet and by rounds in turn.",
        "",
        *table(("", "duet", "±", "rounds", "±"), [_row(*row) for row in enumerate(zip(duets, rounds, strict=True), 1)]),
        "",
        *_widths(duets, rounds),
    ]
    judge(out, "duet_against_rounds", "Duets and rounds on one question", lines, criteria(duets, rounds))


def _by_duet(seed: int) -> Answer:
    sides = [f"{FACTOR}={value}" for value in VALUES]
    played = duet(LANE, "--scenario", SCENARIO, "--set-a", sides[0], "--set-b", sides[1], "--seed", str(seed))
    return _answer(played.verdict())


def _by_rounds(seed: int) -> Answer:
    wished = Wish(
        lanes=(LANE,),
        scenarios=(SCENARIO,),
        users=(16,),
        rounds=None,
        seconds=0.5,
        seed=seed,
        server_cores=None,
        stack="current",
        variants=tuple({FACTOR: value} for value in VALUES),
        control=False,
        budget_s=SECONDS,
    )
    with tempfile.TemporaryDirectory() as folder, Interrupts(lambda: None).watched() as stop:
        compared = compare(wished, Path(folder) / "run", Silent(), stop)
    found = [each for each in compared.summary.verdicts if each.metric == CPU]
    if not found:
        raise LookupError("; ".join(compared.summary.sentences))
    return _answer(found[0])


def _answer(verdict: Verdict) -> Answer:
    if not (verdict.ratio and verdict.low and verdict.high):
        raise LookupError(f"{verdict.a} and {verdict.b} have no interval")
    return Answer(log=math.log(verdict.ratio), half_width=math.sqrt(verdict.high / verdict.low) - 1)


def _row(number: int, both: tuple[Answer, Answer]) -> tuple[object, ...]:
    return (number, *(text for each in both for text in (f"{math.exp(each.log):.3f}", f"{each.half_width:.1%}")))


def _widths(duets: Sequence[Answer], rounds: Sequence[Answer]) -> list[str]:
    width = [median(each.half_width for each in every) for every in (duets, rounds)]
    return [
        f"- The intervals' half-width is {width[0]:.2%} and {width[1]:.2%} as a rule: {width[0] / width[1]:.2f} of it.",
    ]


def criteria(duets: Sequence[Answer], rounds: Sequence[Answer]) -> dict[str, bool]:
    """Return what must hold of both instruments' answers to one question, each with what was found."""
    spread = [stdev(each.log for each in every) for every in (duets, rounds)]
    middle, apart = fmean(each.log for each in rounds), fmean(each.log for each in duets)
    half = float(stats.t.isf(0.025, len(rounds) - 1)) * spread[1] / math.sqrt(len(rounds))
    interval = f"[{math.exp(middle - half):.3f}, {math.exp(middle + half):.3f}]"
    return {
        f"what all duets together say must lie within the 95 % interval of all rounds: they say {math.exp(apart):.3f}, "
        f"rounds {math.exp(middle):.3f} {interval}": abs(apart - middle) <= half,
        f"duets may scatter by at most {MOST_SPREAD:.0%} of what rounds do: they by {spread[0]:.2%}, rounds by "
        f"{spread[1]:.2%}": spread[0] <= MOST_SPREAD * spread[1],
    }


if __name__ == "__main__":
    prove(Path("docs/proofs"))
