"""What was promised: `p99<100ms,errors<0.1%`, read and held to what was measured."""

import re
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from hdrh.histogram import HdrHistogram

from backing.problem import Problem
from loadtests.measurement import histogram
from loadtests.measurement.errors import failed
from loadtests.messages import Slice
from loadtests.report.numbers import number

EXAMPLE = "p99<100ms,errors<0.1%"
ERRORS = "errors"
_PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}
_TIMES = (*_PERCENTILES, "max", "mean")
_UNITS = {"ms": 1.0, "s": 1_000.0, "%": 0.01}
_FORM = re.compile(r"\s*([a-z0-9.]+)\s*<\s*(\d+(?:\.\d+)?)\s*(ms|s|%)\s*")


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """One promise: `metric` stays below `limit`, which is in milliseconds, or for errors a share of all requests."""

    metric: str
    limit: float

    @property
    def shown_limit(self) -> str:
        """Return the limit as people write it."""
        return shown(self.metric, self.limit)


def parse(text: str) -> tuple[Objective, ...]:
    """Read a list with commas; raise `Problem` naming the part that is wrong, with an example."""
    found = [_objective(part) for part in text.split(",")]
    names = [each.metric for each in found]
    for name in names:
        if names.count(name) > 1:
            raise Problem(f"--slo {text!r}: {name} is there twice; name each once, for example {EXAMPLE!r}")
    return tuple(found)


def _objective(part: str) -> Objective:
    matched = _FORM.fullmatch(part)
    if matched is None:
        raise Problem(f"--slo {part!r}: write METRIC<NUMBER with ms, s or %, for example {EXAMPLE!r}")
    metric, amount, unit = matched.groups()
    if metric not in {*_TIMES, ERRORS}:
        raise Problem(
            f"--slo {part!r}: there is no {metric}; use one of {', '.join((*_TIMES, ERRORS))}, as in {EXAMPLE!r}"
        )
    if (metric == ERRORS) != (unit == "%"):
        wanted = "errors take %" if metric == ERRORS else f"{metric} takes ms or s"
        raise Problem(f"--slo {part!r}: {wanted}, for example {EXAMPLE!r}")
    limit = float(amount) * _UNITS[unit]
    if limit <= 0 or (metric == ERRORS and limit > 1):
        raise Problem(f"--slo {part!r}: nothing can be below it; for example {EXAMPLE!r}")
    return Objective(metric=metric, limit=limit)


def requests_wanted(slo: Sequence[Objective], above: int) -> int:
    """Return how many requests leave `above` of them beyond the highest percentile that was promised."""
    shares = [1 - _PERCENTILES[each.metric] / 100 for each in slo if each.metric in _PERCENTILES]
    return round(above / min(shares)) if shares else 50 * above


def figures(slo: Sequence[Objective], client: Slice) -> dict[str, float | None]:
    """Return what was measured of each promise, times in milliseconds; None where nothing was answered."""
    latencies = histogram.merged([client.latencies])
    return {each.metric: _figure(each.metric, client, latencies) for each in slo}


def _figure(metric: str, client: Slice, latencies: HdrHistogram) -> float | None:
    if metric == ERRORS:
        return failed(client.errors) / client.requests if client.requests else None
    if not histogram.count(latencies):
        return None
    if metric in _PERCENTILES:
        return _percentile_us(latencies, _PERCENTILES[metric]) / 1e3
    micros = client.rt_max_us if metric == "max" else client.rt_mean_us
    return None if micros is None else micros / 1e3


def _percentile_us(latencies: HdrHistogram, percentile: float) -> float:
    """Return the percentile, or the longest time where too few requests could show it: no promise is kept by luck."""
    known = histogram.percentile_us(latencies, percentile)
    return float(latencies.get_max_value()) if known is None else known


def broken(slo: Sequence[Objective], measured: Mapping[str, float | None]) -> list[str]:
    """Return each promise that was not kept, with its figure."""
    found = []
    for each in slo:
        value = measured[each.metric]
        if value is None or not np.isfinite(value):
            found.append(f"nothing was answered, so {each.metric} is not known")
        elif value >= each.limit:
            found.append(f"{each.metric} was {shown(each.metric, value)}, not below {each.shown_limit}")
    return found


def shown(metric: str, value: float | None) -> str:
    """Return a figure as people write it."""
    if metric == ERRORS:
        return number(None if value is None else float(f"{value * 100:.3g}"), " %")
    return number(value, " ms")
