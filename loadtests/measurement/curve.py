"""A lane over the numbers of users, and the law that is fitted to it."""

import msgspec


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a curve; the times are response times."""

    users: int
    qps: float
    p50_ms: float | None
    p99_ms: float | None


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class Usl(msgspec.Struct, frozen=True, kw_only=True):
    """Gunther's universal scalability law, `qps = lam N / (1 + sigma (N - 1) + kappa N (N - 1))`, fitted to a curve.

    `lam` is what one user gets per second, `sigma` the share of a request that waits for its turn, `kappa` what each
    user costs every other one. `peak_users` is where the curve turns down, None where it does not surely do so within
    the levels that were measured. `misfit` is how far the measured figure farthest off lies from the law, as a share.
    """

    lam: Estimate
    sigma: Estimate
    kappa: Estimate
    peak_users: Estimate | None
    misfit: float


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """One lane's valid cells over the numbers of users; `usl` is None where `why` says so."""

    name: str
    scenario: str
    levels: list[Level]
    usl: Usl | None = None
    why: str | None = None
