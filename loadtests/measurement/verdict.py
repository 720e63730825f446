"""How lanes compare: one with another, one with itself, and what the cores' pace did to it."""

import msgspec


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How `a` compares with `b`: `ratio` is a ÷ b, `low` to `high` its 95 % interval, None where no interval holds.

    `rounds` counts what was compared: for p99 blocks of rounds, one where the requests were too few for an interval.
    `rounds_needed` is how many it would take to decide what is undecided, None where no number would.
    """

    a: str
    b: str
    scenario: str
    users: int
    rate: float | None = None
    metric: str
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str
    rounds: int
    rounds_needed: int | None = None


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One lane against itself: a second server of it under another name, measured like any other.

    Its ratio should be 1. `low` to `high` holds together with all controls of the run; `half_width` is that of the
    plain 95 % interval of this one, as a share: the least difference that this run can tell. `agrees` is False when
    the two surely differ, None where no interval holds.
    """

    lane: str
    scenario: str
    users: int
    rate: float | None = None
    metric: str
    ratio: float | None
    low: float | None
    high: float | None
    half_width: float | None
    agrees: bool | None
    rounds: int


class Evenness(msgspec.Struct, frozen=True, kw_only=True):
    """What the cores' pace did to one metric of a group, and what is left when it is held out of the ratios.

    `slopes` are by how many percent the metric moves when the pace's fixed work takes a percent longer on the servers'
    cores, or on the others; `before` and `after` are by how much the metric varies from slice to slice, with what
    rounds have in common taken off: standard deviations, as shares.
    """

    scenario: str
    users: int
    rate: float | None = None
    metric: str
    slopes: dict[str, float]
    before: float
    after: float
