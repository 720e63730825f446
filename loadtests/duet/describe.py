"""What run.json says of a duet: what was asked for, what was planned, and what it was measured on."""

from pathlib import Path

import msgspec

from loadtests.duet.plan import DuetPlan
from loadtests.duet.stage import Sides
from loadtests.duet.wish import Duet
from loadtests.measurement import about
from loadtests.measurement.about import Run, Source
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.wish import Wish

EXPERIMENT = "duet"


class DuetRun(Run, frozen=True, kw_only=True):
    """run.json of a duet: with what was asked for, what was planned, and what side b runs on where that is another."""

    duet: Duet
    duet_plan: DuetPlan | None = None
    source_b: Source | None = None
    stack_versions_b: dict[str, str] | None = None


def as_rounds(asked: Duet, sides: Sides) -> Wish:
    """Return the duet as rounds would have it."""
    return Wish(
        lanes=tuple(dict.fromkeys(subject.lane for subject in sides)),
        scenarios=(asked.scenario,),
        users=(asked.users,) if asked.users else (),
        rounds=None,
        seconds=asked.seconds,
        seed=asked.seed,
        server_cores=1,
        stack=sides[0].stack,
        database=asked.database,
        variants=tuple(dict(subject.factors) for subject in sides),
        control=False,
        budget_s=asked.seconds,
        experiment=EXPERIMENT,
    )


def describe(asked: Duet, sides: Sides) -> DuetRun:
    """Describe a duet that begins now."""
    other = sides[1]
    return DuetRun(
        **msgspec.structs.asdict(about.run(as_rounds(asked, sides), share_out(1, available()))),
        duet=asked,
        source_b=None if other.checkout is None else about.source(Path(other.checkout)),
        stack_versions_b=None if other.stack == sides[0].stack else about.stack_versions(other.stack),
    )
