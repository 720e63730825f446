"""Noise like that of real slices, with known truth: what the intervals and verdicts are tested on.

Fitted to requests per second and CPU per request of `hello` at 64 users in half-second slices of flask-thread,
fastapi-coroutine and django-thread on the development machine (2 shared cores), in two runs: 60 rounds in a quieter
quarter of an hour (load average up to 4) and 139 rounds in a busy one (load average 10).

| log figures | 60 rounds: QPS | CPU | 139 rounds: QPS | CPU |
| --- | --- | --- | --- | --- |
| standard deviation of a lane | 0.23 to 0.26 | 0.16 | 0.46 to 0.73 | 0.16 to 0.18 |
| the same after the round's own mean is taken off | 0.10 to 0.12 | 0.08 to 0.09 | 0.25 to 0.42 | 0.08 to 0.10 |
| correlation of neighbouring rounds, lanes | 0.52 | 0.36 | 0.49 | 0.45 |
| the same, ratios of two lanes | -0.07 | -0.05 | 0.02 | 0.00 |
| Student's degrees of freedom that fit the ratios | 9 | 5 to 9 | 2.3 to 2.6 | 8 or more |

So what a round does to all lanes is strong and lasts, and cancels in ratios; what is left hardly lasts (the standard
error of the correlation is 0.06 to 0.1) and has heavy tails. `REAL` takes the upper end of both. Lanes differ in
spread: `UNEQUAL` is the standard deviation of the logarithm of their spreads.

`python -m tests.loadtests.noise RUN…` fits the same figures to the folders of other runs.
"""

import itertools
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

Numbers = NDArray[np.float64]

SPREAD = 0.12
UNEQUAL = 0.4
DRIFT = 0.3
DRIFT_CORRELATION = 0.6
# How many slices a burst lasts on average, and how many usual spreads it slows a lane by.
BURST_SLICES = 3
BURST_SIZE = 3.0


@dataclass(frozen=True)
class Noise:
    """How a lane's figures move from round to round: `tails` are Student's degrees of freedom, None for normal noise.

    `bursts` is the share of slices at which a burst starts that slows this and the next few slices, whoever's they are.
    """

    name: str
    tails: float | None
    correlation: float
    bursts: float = 0.0


MILD = Noise("normal, independent", None, 0.0)
REAL = Noise("t3, AR 0.15", 3, 0.15)
BURSTS = Noise("t8, bursts", 8, 0.1, bursts=0.03)
HARSHER = Noise("t4, AR 0.3", 4, 0.3)
HARSHEST = Noise("t3, AR 0.4", 3, 0.4)
ALL = (MILD, REAL, BURSTS, HARSHER, HARSHEST)


def draw(noise: Noise, seed: int, *, experiments: int, lanes: int, rounds: int) -> Numbers:
    """Return the logarithms of what lanes of equal speed show: experiments × lanes × rounds."""
    rng = np.random.default_rng(seed)
    shape = (experiments, lanes, rounds)
    own = _tailed(_autoregressive(rng, shape, noise.correlation), noise.tails)
    own *= SPREAD * np.exp(rng.normal(0, UNEQUAL, (experiments, lanes, 1)))
    if noise.bursts:
        # A machine that is slow for a while slows every lane alike, however steady the lane is by itself.
        own -= BURST_SIZE * SPREAD * _bursts(rng, shape, noise.bursts)
    return own + DRIFT * _autoregressive(rng, (experiments, 1, rounds), DRIFT_CORRELATION)


def _autoregressive(rng: np.random.Generator, shape: tuple[int, int, int], correlation: float) -> Numbers:
    """Return normal series of variance one."""
    fresh = rng.normal(size=shape)
    fresh[..., 1:] *= math.sqrt(1 - correlation**2)
    return np.asarray(signal.lfilter([1.0], [1.0, -correlation], fresh, axis=-1))


def _tailed(series: Numbers, tails: float | None) -> Numbers:
    """Give normal series the margins of Student's distribution, scaled to variance one."""
    if tails is None:
        return series
    return np.asarray(stats.t.ppf(stats.norm.cdf(series), tails)) / math.sqrt(tails / (tails - 2))


def _bursts(rng: np.random.Generator, shape: tuple[int, int, int], share: float) -> Numbers:
    """Return which slices a burst hits; the lanes of a round run one after the other, in an order of its own."""
    experiments, lanes, rounds = shape
    starts = rng.random((experiments, rounds * lanes)) < share
    lasting = rng.geometric(1 / BURST_SLICES, starts.shape)
    hit = starts.copy()
    for slices in range(1, 4 * BURST_SLICES):
        hit[:, slices:] |= (starts & (lasting > slices))[:, :-slices]
    order = np.argsort(rng.random((experiments, rounds, lanes)), axis=2)
    found = np.take_along_axis(hit.reshape(experiments, rounds, lanes), order, axis=2)
    return found.transpose(0, 2, 1).astype(float)


def fits(folder: Path) -> Iterator[str]:
    """Describe the noise of a run, one line for each kind of work and metric."""
    slices: dict[tuple[str, int], dict[str, dict[int, tuple[float, float]]]] = {}
    for line in (folder / "slices.jsonl").read_text().splitlines():
        each = json.loads(line)
        client, use = each["client"], each["use"]
        if each["round"] and not each["void"] and client and use and client["requests"]:
            seconds = (client["window_end_ns"] - client["window_start_ns"]) / 1e9
            figures = (client["window_requests"] / seconds, use["cpu_ns"] / 1e3 / client["requests"])
            lanes = slices.setdefault((each["scenario"], each["users"]), {})
            lanes.setdefault(each.get("name", each["lane"]), {})[each["round"]] = figures
    for group, lanes in slices.items():
        common = sorted(set.intersection(*(set(rounds) for rounds in lanes.values())))
        for place, metric in enumerate(("qps", "cpu_us_per_request")):
            rows = np.log(np.array([[lane[number][place] for number in common] for lane in lanes.values()]))
            yield f"{group[0]}, {group[1]} users, {metric}: {_fit(rows)}"


def _fit(rows: Numbers) -> str:
    ratios = np.array([a - b for a, b in itertools.combinations(rows, 2)])
    left = rows - rows.mean(axis=0)
    tails = [float(stats.t.fit(row)[0]) for row in ratios]
    return (
        f"{rows.shape[1]} rounds, spread {np.median(rows.std(axis=1)):.2f}, within rounds "
        f"{np.median(left.std(axis=1)):.2f}, correlation {_correlation(rows):.2f}, "
        f"of ratios {_correlation(ratios):.2f}, tails of ratios t{min(tails):.1f} to t{max(tails):.1f}"
    )


def _correlation(rows: Numbers) -> float:
    centred = rows - rows.mean(axis=1, keepdims=True)
    seen = np.sum(centred[:, :-1] * centred[:, 1:]) / np.sum(centred * centred)
    return float(seen + 1 / rows.shape[1])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for said in fits(Path(name)):
            print(said)  # noqa: T201 - a program for people
