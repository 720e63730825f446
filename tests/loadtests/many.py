"""Runs of any number of cells, drawn from a seed: to see what a page of very many is like."""

import itertools
import random

import msgspec

from loadtests.measurement.curve import Curve, Level
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Account, Cell, Detail, Predicted, Reason, ResponseTime, Summary
from loadtests.measurement.verdict import Control, Verdict
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES

METRICS = ("qps", "cpu_us_per_request", "p99_ms")
_WORDS = ("faster", "slower", "equal", "undecided")
_SICK = Reason(check="little", reason="Little's law is off by 12%", remedy="use longer slices with --seconds")


def many(*, lanes: int = 10, loads: int = 50, seed: int = 1) -> Summary:
    """Return a summary of so many lanes under so many loads, five kinds of work swept over numbers of users.

    One in 13 cells is not valid; a lane has no figures of the database.
    """
    chance = random.Random(seed)
    scenarios = list(SCENARIOS)[: min(5, loads)]
    each = -(-loads // len(scenarios))
    groups = [Group(scenario=name, users=2**power) for name in scenarios for power in range(each)][:loads]
    names = list(LANES)[:lanes]
    rows = [_row(chance, group, name) for group in groups for name in names]
    valid = {(group_of(cell), cell.name) for cell, _ in rows if cell.valid}
    found = Summary(
        schema_version=2,
        partial=False,
        cells=[cell for cell, _ in rows],
        details=[detail for _, detail in rows],
        verdicts=[
            _verdict(chance, group, metric, *pair)
            for group in groups
            for metric in METRICS
            for pair in itertools.combinations([name for name in names if (group, name) in valid], 2)
        ],
        controls=[_control(chance, group, names[0], metric) for group in groups for metric in METRICS],
        sentences=[f"{group}: no lane is surely ahead of {names[0]}." for group in groups],
        warnings=[],
    )
    return msgspec.structs.replace(found, curves=[_curve(found, *each) for each in itertools.product(scenarios, names)])


def _curve(found: Summary, scenario: str, name: str) -> Curve:
    """Return a lane's curve without the law, whose fit would take longer than all the rest."""
    cells = [cell for cell in found.cells if cell.valid and (cell.scenario, cell.name) == (scenario, name)]
    levels = [Level(users=each.users, qps=each.qps or 0.0, p50_ms=None, p99_ms=each.rt_ms.p99) for each in cells]
    return Curve(name=name, scenario=scenario, levels=levels, why="nobody fitted it")


def _row(chance: random.Random, group: Group, name: str) -> tuple[Cell, Detail]:
    valid = chance.random() > 1 / 13
    qps, cpu = chance.uniform(30, 3_000), chance.uniform(150, 5_000)
    mean = group.users / qps * 1e3
    cell = Cell(
        name=name, lane=name, stack="current", style=LANES[name].styles[0], workers=1, cores=[1],
        scenario=group.scenario, params=dict(SCENARIOS[group.scenario].parameters), users=group.users, qps=qps,
        rt_ms=ResponseTime(mean=mean, p50=mean * 0.9, p95=mean * 2, p99=mean * 3, p999=None, max=mean * 9),
        concurrency=float(group.users), requests=int(qps * 5), errors={"status": 3} if chance.random() < 0.1 else {},
        cpu_us_per_request=cpu, rss_bytes=chance.randrange(2**26, 2**28), threads=chance.randrange(1, 40),
        db_connections_max=None if name == "flask-thread" else 6, generator_core_share=chance.random() / 2,
        steal_share=chance.random() / 9, limiter="threads" if valid else None, valid=valid,
        reasons=[] if valid else [_SICK],
    )  # fmt: skip
    return cell, _detail(chance, cell)


def _detail(chance: random.Random, cell: Cell) -> Detail:
    qps = cell.qps or 0.0
    per_round = [qps * chance.uniform(0.9, 1.1) for _ in range(5)]
    share = chance.random
    account = Account(
        cpu_user_us_per_request=300.5, cpu_system_us_per_request=None, sockets_max=cell.users, bytes_per_request=180.25,
        accepted_per_request=0.0, store_cpu_us_per_request=None, store_commands_per_request=None,
        core_steal_share=share() / 9, foreign_share=share() / 9, pressure_share=share(), load_average=1.5, mhz=None,
    )  # fmt: skip
    formula = f"32 threads ÷ {32e3 / qps / 1.02:.3g} ms = {qps * 1.02:,.0f}/s"
    return Detail(
        name=cell.name, scenario=cell.scenario, users=cell.users, rank=1 if cell.valid else None, rounds=5,
        qps_per_round=[None if chance.random() < 0.05 else each for each in per_round],
        cpu_us_per_round=[300.0] * 5, mean_ms_per_round=[cell.rt_ms.mean] * 5, p99_ms_per_round=[cell.rt_ms.p99] * 5,
        qps_spread=chance.random() / 5, context_switches_per_request=chance.random() * 3, alone_ms=chance.random() * 60,
        connections_per_request=0.0, server_answered=cell.requests, client_answered=cell.requests, account=account,
        ceilings=[Predicted(limiter="threads", qps=qps * 1.02, formula=formula)],
    )  # fmt: skip


def _verdict(chance: random.Random, group: Group, metric: str, a: str, b: str) -> Verdict:
    ratio = chance.uniform(0.4, 2.5)
    return Verdict(
        a=a, b=b, scenario=group.scenario, users=group.users, metric=metric, ratio=ratio, low=ratio * 0.87,
        high=ratio * 1.13, verdict=chance.choice(_WORDS), rounds=5, rounds_needed=chance.choice([None, 57]),
    )  # fmt: skip


def _control(chance: random.Random, group: Group, lane: str, metric: str) -> Control:
    ratio = chance.uniform(0.95, 1.05)
    return Control(
        lane=lane, scenario=group.scenario, users=group.users, metric=metric, ratio=ratio, low=ratio - 0.06,
        high=ratio + 0.06, half_width=0.05, agrees=True, rounds=5,
    )  # fmt: skip
