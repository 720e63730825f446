"""Say of a measured cell what its resources could serve at most, and which of them ran out."""

import msgspec

from contract.settings import Settings
from loadtests.measurement.ceilings import Facts, Known, ceilings
from loadtests.measurement.limiter import limiter
from loadtests.measurement.result import Cell, Detail
from loadtests.measurement.subject import Subject
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES


def explain(
    subject: Subject, cell: Cell, detail: Detail, known: Known, *, generator_us: float | None
) -> tuple[Cell, Detail]:
    """Return the cell with its limiter and the detail with all ceilings."""
    if not cell.qps:
        return cell, msgspec.structs.replace(detail, alone_ms=known.alone_ms)
    facts = Facts(
        lane=LANES[subject.lane],
        endpoint=SCENARIOS[subject.group.scenario].endpoint,
        params=subject.all_params,
        users=subject.group.users,
        rate=subject.group.rate,
        workers=subject.workers,
        threads=subject.threads,
        pool_size=subject.pool_size or Settings.from_environment().pool_size,
        cores=len(subject.cores),
        cpu_us=cell.cpu_us_per_request,
        database_us=detail.db_cpu_us_per_request,
        generator_us=generator_us,
        generator_qps=subject.ceiling_qps,
        known=known,
        elsewhere=subject.url is not None,
    )
    found = ceilings(facts, cell.qps)
    name = limiter(
        found,
        cell.qps,
        generator_share=cell.generator_core_share or 0.0,
        steal_share=cell.steal_share or 0.0,
    )
    return (
        msgspec.structs.replace(cell, limiter=name),
        msgspec.structs.replace(detail, alone_ms=known.alone_ms, ceilings=found),
    )
