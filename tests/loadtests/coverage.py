"""How often intervals hold the truth: the method in use and those that were rejected, on simulated noise.

`python -m tests.loadtests.coverage` prints the tables of docs/statistics.md; it takes some minutes.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from loadtests.measurement import statistics
from loadtests.measurement.control import Twins, judge_controls
from loadtests.measurement.decisions import Finding, decide
from loadtests.measurement.even import Evened, even
from loadtests.measurement.group import Group
from loadtests.measurement.judging import allowances
from loadtests.measurement.statistics import BETWEEN_STARTS, Interval
from tests.loadtests.noise import ALL, HARSHEST, MILD, REAL, SPREAD, Noise, Numbers, draw

EXPERIMENTS = 2_000
SEED = 20_260_101
MARGIN = 0.02
RESAMPLES = 400
# Runs of twelve controls: four kinds of work by three metrics.
RUNS = 400
CONTROLS = 12


@dataclass(frozen=True)
class Covered:
    """Shares of experiments: all intervals hold the truth, one of them does, a verdict is wrong; `half` is a width.

    `half` is the median over experiments of the mean half-width of the log ratio, as a share.
    """

    together: float
    single: float
    wrong: float
    half: float

    def __str__(self) -> str:
        return f"{self.together:.1%}"


def tables(noise: Noise, lanes: int, rounds: int, experiments: int, truth: Numbers) -> Iterator[list[Interval]]:
    """Yield the intervals of simulated runs; `truth` is the logarithm of each lane's own speed."""
    for run in np.exp(draw(noise, SEED, experiments=experiments, lanes=lanes, rounds=rounds) + truth[:, None]):
        yield statistics.compare({str(lane): row.tolist() for lane, row in enumerate(run)})


def covered(
    noise: Noise, lanes: int, rounds: int, experiments: int = EXPERIMENTS, truth: Numbers | None = None
) -> Covered:
    """Simulate runs and count."""
    truth = np.zeros(lanes) if truth is None else truth
    single, together, wrong, halves = [], 0, 0, []
    for table in tables(noise, lanes, rounds, experiments, truth):
        decisions = decide(table, MARGIN)
        known = [(float(truth[int(each.a)] - truth[int(each.b)]), each) for each in table]
        # What is printed counts, so the ends that were drawn in to the margin do too.
        printed = [each.interval for each in decisions]
        holds = [
            (each.low or 0) <= math.exp(ratio) + 1e-9 and math.exp(ratio) - 1e-9 <= (each.high or 0)
            for (ratio, _), each in zip(known, printed, strict=True)
        ]
        together += all(holds)
        single.append(sum(holds) / len(holds))
        wrong += any(is_wrong(decision.finding, ratio) for decision, (ratio, _) in zip(decisions, known, strict=True))
        halves.append(_half(table))
    share = 1 / experiments
    return Covered(together * share, float(np.mean(single)), wrong * share, math.expm1(float(np.median(halves))))


@dataclass(frozen=True)
class Cores:
    """What the cores do in a simulated run, as standard deviations: as on the development machine, unless changed.

    `slice_` is what a core's speed does to a lane in a slice, `misread` the error of its pace, `own` what else moves
    the lane. The fixed work feels each lane by `felt`, and by up to `idle` how idle the lane leaves its cores. Lanes
    move with their cores by a slope of 1, less `unlike`. Two starts of a lane differ by `starts`, as a log ratio.
    """

    slice_: float = 0.14
    misread: float = 0.04
    own: float = 0.06
    felt: float = 0.01
    idle: float = 0.0
    unlike: float = 0.0
    starts: float = BETWEEN_STARTS


UNLIKE = "lanes' slopes from 0 to 1"
CORES = {
    "busy": Cores(),
    "idle ones slower by up to 15 %": Cores(felt=0.02, idle=0.15),
    UNLIKE: Cores(felt=0.02, unlike=1.0),
}
HARSH_CORES = {"busy, the work feels lanes by 3 %": Cores(felt=0.03)}


def paced(
    noise: Noise, lanes: int, rounds: int, experiments: int, cores: Cores, *, at_any_pace: bool = False
) -> tuple[Covered, Covered]:
    """Simulate runs of lanes whose cores' speed moves the figures, and count with the pace held out of them.

    Lanes are equal at the mean pace of their run. Where their slopes are unlike, they are not at another one: with
    `at_any_pace` it counts what they are at the mean of all runs. Return also what would be found without the pace.
    """
    rng = np.random.default_rng(SEED)
    core = draw(noise, SEED + 1, experiments=experiments, lanes=lanes, rounds=rounds) * cores.slice_ / SPREAD
    own = draw(noise, SEED + 2, experiments=experiments, lanes=lanes, rounds=rounds) * cores.own / SPREAD
    slopes = 1 - rng.uniform(0, cores.unlike, (experiments, lanes, 1))
    busy = rng.uniform(0.05, 1.0, (experiments, lanes, 1)) if cores.idle else np.ones((experiments, lanes, 1))
    felt = rng.normal(0, cores.felt, (experiments, lanes, 1)) + cores.idle * (1 - busy)
    pace = core + felt + rng.normal(0, cores.misread, core.shape)
    usual = 0.0 if at_any_pace else core.mean(axis=(1, 2), keepdims=True)
    started = rng.normal(0, cores.starts / math.sqrt(2), (experiments, lanes, 1))
    evened, plain = [], []
    for figures, paces, shares in zip(np.exp(own + started - slopes * (core - usual)), np.exp(pace), busy, strict=True):
        values = named(figures)
        found = even(values, {"servers": named(paces)}, named(np.repeat(shares, rounds, axis=1)))
        evened.append(statistics.compare(found.values, allowances=allowances(found)))
        plain.append(statistics.compare(values, allowances=allowances(Evened(values=values))))
    return of_equal_lanes(evened), of_equal_lanes(plain)


def of_equal_lanes(tables: list[list[Interval]]) -> Covered:
    """Count in how many tables of equal lanes the intervals hold 1, and how many say otherwise."""
    holds = [[(each.low or 0) <= 1 <= (each.high or 0) for each in table] for table in tables]
    wrong = [any(is_wrong(each.finding, 0.0) for each in decide(table, MARGIN)) for table in tables]
    return Covered(
        together=float(np.mean([all(each) for each in holds])),
        single=float(np.mean([np.mean(each) for each in holds])),
        wrong=float(np.mean(wrong)),
        half=math.expm1(float(np.median([_half(table) for table in tables]))),
    )


def named(rows: Numbers) -> dict[str, list[float | None]]:
    """Return rows by the name of their lane."""
    return {str(lane): row.tolist() for lane, row in enumerate(rows)}


def _half(table: list[Interval]) -> float:
    return float(np.mean([math.log((each.high or 0) / (each.low or 1)) / 2 for each in table]))


def is_wrong(finding: Finding, truth: float) -> bool:
    """Tell whether a finding contradicts the true log ratio; what is open contradicts nothing."""
    edge = math.log1p(MARGIN)
    right = {"above": truth > edge, "below": truth < -edge, "alike": abs(truth) <= edge, "open": True}
    return not right[finding]


# A method that was rejected takes one pair's log ratios, experiments × rounds, and returns lows and highs.
Method = Callable[[Numbers], tuple[Numbers, Numbers]]


def student(rows: Numbers) -> tuple[Numbers, Numbers]:
    """Student's interval of the mean: rounds taken for independent."""
    return _around(rows, rows.std(axis=1, ddof=1) / math.sqrt(rows.shape[1]), rows.shape[1] - 1)


def newey_west(rows: Numbers) -> tuple[Numbers, Numbers]:
    """Student's interval with Newey and West's error (Bartlett weights, 1.3 √n lags) and n - 1 degrees of freedom."""
    rounds = rows.shape[1]
    centred = rows - rows.mean(axis=1, keepdims=True)
    lags = min(rounds - 2, math.ceil(1.3 * math.sqrt(rounds)))
    total = (centred**2).mean(axis=1)
    for lag in range(1, lags + 1):
        total = total + 2 * (1 - lag / (lags + 1)) * (centred[:, lag:] * centred[:, :-lag]).sum(axis=1) / rounds
    return _around(rows, np.sqrt(np.maximum(total, 1e-12) / rounds), rounds - 1)


def always_correlated(rows: Numbers) -> tuple[Numbers, Numbers]:
    """Student's interval of the mean, neighbours taken to be correlated by 0.3 at least, and by what is seen."""
    rounds = rows.shape[1]
    centred = rows - rows.mean(axis=1, keepdims=True)
    seen = (centred[:, 1:] * centred[:, :-1]).sum(axis=1) / (centred**2).sum(axis=1)
    correlation = np.clip((seen + 1 / rounds) / (1 - 4 / rounds), 0.3, 0.6)
    lags = np.arange(1, rounds)
    share = (1 + 2 * ((1 - lags / rounds) * correlation[:, None] ** lags).sum(axis=1)) / rounds
    variance = rows.var(axis=1, ddof=1) * share * (rounds - 1) / (rounds * (1 - share))
    return _around(rows, np.sqrt(variance), rounds - 1)


def order_statistics(rows: Numbers) -> tuple[Numbers, Numbers]:
    """The values between which the median lies, by the binomial distribution: exact for independent rounds."""
    rounds = rows.shape[1]
    below = max(int(stats.binom.ppf(0.025, rounds, 0.5)), 1)
    ordered = np.sort(rows, axis=1)
    return ordered[:, below - 1], ordered[:, rounds - below]


def bootstrap(rows: Numbers) -> tuple[Numbers, Numbers]:
    """The percentile bootstrap of the median."""
    return _resampled(rows, block=1)


def block_bootstrap(rows: Numbers) -> tuple[Numbers, Numbers]:
    """The percentile bootstrap of the median from moving blocks of about ∛n rounds, three at least."""
    return _resampled(rows, block=max(3, round(rows.shape[1] ** (1 / 3))))


def _around(rows: Numbers, error: Numbers, freedom: float) -> tuple[Numbers, Numbers]:
    half = stats.t.isf(0.025, freedom) * error
    return rows.mean(axis=1) - half, rows.mean(axis=1) + half


def _resampled(rows: Numbers, block: int) -> tuple[Numbers, Numbers]:
    rng = np.random.default_rng(SEED)
    rounds = rows.shape[1]
    starts = rng.integers(0, rounds - block + 1, (RESAMPLES, math.ceil(rounds / block)))
    chosen = (starts[..., None] + np.arange(block)).reshape(RESAMPLES, -1)[:, :rounds]
    ends = [np.quantile(np.median(row[chosen], axis=1), (0.025, 0.975)) for row in rows]
    return np.array([low for low, _ in ends]), np.array([high for _, high in ends])


REJECTED: dict[str, Method] = {
    "Student's t of the mean": student,
    "Newey-West t of the mean": newey_west,
    "t of the mean, correlation ≥ 0.3 assumed": always_correlated,
    "order statistics of the median": order_statistics,
    "bootstrap of the median": bootstrap,
    "block bootstrap of the median": block_bootstrap,
}


def rejected(method: Method, noise: Noise, rounds: int, experiments: int = EXPERIMENTS) -> Covered:
    """Count for one pair; a verdict is wrong where the interval lies beyond the margin."""
    runs = draw(noise, SEED, experiments=experiments, lanes=2, rounds=rounds)
    low, high = method(runs[:, 0] - runs[:, 1])
    holds = float(np.mean((low <= 0) & (high >= 0)))
    wrong = float(np.mean((low > math.log1p(MARGIN)) | (high < -math.log1p(MARGIN))))
    return Covered(holds, holds, wrong, math.expm1(float(np.median(high - low)) / 2))


# A method that was rejected for tables: experiments × pairs × rounds and the number of lanes, to half-widths.
TableMethod = Callable[[Numbers, int], Numbers]


def bonferroni(rows: Numbers, _lanes: int) -> Numbers:
    """Student's interval of each pair by its own variance, at a level divided by the number of pairs."""
    pairs, rounds = rows.shape[1:]
    return np.asarray(stats.t.isf(0.025 / pairs, rounds - 1) * rows.std(axis=2, ddof=1) / math.sqrt(rounds))


def tukey(rows: Numbers, lanes: int) -> Numbers:
    """Tukey's honest significant difference: one variance for all lanes, rounds as blocks, independent."""
    rounds = rows.shape[2]
    freedom = (lanes - 1) * (rounds - 1)
    widest = float(stats.studentized_range.ppf(0.95, lanes, freedom)) / math.sqrt(2)
    common = np.sqrt(rows.var(axis=2, ddof=1).mean(axis=1, keepdims=True) / rounds)
    return np.asarray(np.broadcast_to(widest * common, rows.shape[:2]))


REJECTED_TABLES: dict[str, TableMethod] = {
    "Student's t by each pair's own variance, Bonferroni": bonferroni,
    "Tukey's honest significant difference": tukey,
}


def rejected_table(method: TableMethod, noise: Noise, lanes: int, rounds: int) -> Covered:
    """Count for all pairs of some lanes."""
    runs = draw(noise, SEED, experiments=EXPERIMENTS, lanes=lanes, rounds=rounds)
    rows = np.stack([runs[:, a] - runs[:, b] for a, b in itertools.combinations(range(lanes), 2)], axis=1)
    half, centre = method(rows, lanes), np.abs(rows.mean(axis=2))
    holds = centre <= half
    wrong = float(np.mean(np.any(centre > half + math.log1p(MARGIN), axis=1)))
    width = math.expm1(float(np.median(half.mean(axis=1))))
    return Covered(float(np.mean(holds.all(axis=1))), float(holds.mean()), wrong, width)


SIZES = ((2, (6, 8, 10, 20, 40, 60)), (3, (8, 60, 120, 200)), (10, (4, 6, 8, 10)))


def main() -> None:
    """Print the tables as Markdown."""
    show("| lanes | rounds |", *(f"{noise.name} |" for noise in ALL), "half-width | wrong verdicts |")
    show("|" + " --- |" * (len(ALL) + 4))
    for lanes, rounds in ((lanes, count) for lanes, counts in SIZES for count in counts):
        found = [covered(noise, lanes, rounds) for noise in ALL]
        real = found[ALL.index(REAL)]
        worst = max(each.wrong for each in found)
        show(f"| {lanes} | {rounds} |", *(f"{each} |" for each in found), f"{real.half:.1%} | ≤ {worst:.1%} |")
    show()
    show("| method, one pair | rounds |", *(f"{noise.name} |" for noise in ALL), "half-width |")
    show("|" + " --- |" * (len(ALL) + 3))
    for (name, method), rounds in itertools.product(REJECTED.items(), (8, 40)):
        found = [rejected(method, noise, rounds) for noise in ALL]
        show(f"| {name} | {rounds} |", *(f"{each} |" for each in found), f"{found[ALL.index(REAL)].half:.1%} |")
    show()
    show("| method, table | lanes | rounds |", *(f"{noise.name} |" for noise in ALL), "half-width |")
    show("|" + " --- |" * (len(ALL) + 4))
    for (name, table), (lanes, rounds) in itertools.product(REJECTED_TABLES.items(), ((3, 60), (10, 8))):
        found = [rejected_table(table, noise, lanes, rounds) for noise in ALL]
        half = found[ALL.index(REAL)].half
        show(f"| {name} | {lanes} | {rounds} |", *(f"{each} |" for each in found), f"{half:.1%} |")
    show()
    boundary = math.log1p(MARGIN)
    cases = {
        "half of them exactly at the margin": np.array([0.0, boundary] * 5),
        "half far ahead": np.array([0.0, 1.0] * 5),
        "each far from the next": np.arange(10.0),
    }
    show("| ten lanes, 8 rounds | noise | intervals hold | wrong verdicts |")
    show("| --- | --- | --- | --- |")
    for (name, truth), noise in itertools.product(cases.items(), (MILD, REAL, HARSHEST)):
        found_here = covered(noise, 10, 8, truth=truth)
        show(f"| {name} | {noise.name} | {found_here} | {found_here.wrong:.1%} |")
    show()
    show("| cores | lanes | rounds | intervals hold | wrong verdicts | half-width | without the pace | half-width |")
    show("|" + " --- |" * 8)
    sizes = ((3, 60), (3, 120), (10, 3), (10, 4), (10, 5), (10, 6), (10, 10))
    any_pace = {f"{UNLIKE}, at any run's pace": (CORES[UNLIKE], True)}
    blocks = {words: (cores, False) for words, cores in (CORES | HARSH_CORES).items()} | any_pace
    for (words, (cores, at_any_pace)), (lanes, rounds) in itertools.product(blocks.items(), sizes):
        with_pace, plain = paced(REAL, lanes, rounds, EXPERIMENTS, cores, at_any_pace=at_any_pace)
        told = (f"{with_pace}", f"{with_pace.wrong:.1%}", f"{with_pace.half:.1%}", f"{plain}", f"{plain.half:.1%}")
        show(f"| {words} | {lanes} | {rounds} | {' | '.join(told)} |")
    show()
    show_controls()


def show_controls() -> None:
    """Print what the hidden control does in runs of twelve controls, one of which is off by a fifth or none."""
    show("| lanes besides | rounds | honest runs that fail | bias of 20 % caught | resolution |")
    show("| --- | --- | --- | --- | --- |")
    for others, rounds in ((9, 4), (9, 8), (2, 20), (2, 60), (2, 120)):
        runs = draw(REAL, SEED, experiments=RUNS * CONTROLS, lanes=2 + others, rounds=rounds)
        alarms, caught, widths = 0, 0, []
        for run in runs.reshape(RUNS, CONTROLS, 2 + others, rounds):
            found = judge_controls([twins(each) for each in run])
            biased = judge_controls([twins(each, 0.0 if number else 0.2) for number, each in enumerate(run)])
            alarms += any(each.agrees is False for each in found)
            caught += biased[0].agrees is False
            widths.append(found[0].half_width or 0.0)
        show(f"| {others} | {rounds} | {alarms / RUNS:.1%} | {caught / RUNS:.0%} | ±{np.median(widths):.1%} |")


def twins(run: Numbers, bias: float = 0.0) -> Twins:
    """Make a control of a group's logarithms: the first two rows are one lane, the second of them off by `bias`."""
    values = np.exp(run)
    return Twins(
        group=Group(scenario="hello", users=64),
        metric="qps",
        lane="flask-thread",
        values=values[0].tolist(),
        copy=(values[1] * (1 + bias)).tolist(),
        others={f"lane {number}": row.tolist() for number, row in enumerate(values[2:])},
    )


def show(*parts: str) -> None:
    """Print one line of a table."""
    print(*parts, flush=True)  # noqa: T201 - a program for people


if __name__ == "__main__":
    main()
