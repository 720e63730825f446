"""`trilane experiments`: the questions that can be asked, and how long each takes."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from loadtests.isolation import NAME, QUESTION

if TYPE_CHECKING:
    from loadtests.experiments.planning import Planned

_AsJson = Annotated[bool, typer.Option("--json", help="Print plans and costs as JSON.")]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment under one preset; times are seconds, `least_s` what three rounds of everything take."""

    lanes: tuple[str, ...]
    users: tuple[int, ...]
    rates: tuple[float, ...]
    cells: int
    servers: int
    rounds: dict[str, int]
    expected_s: float
    least_s: float
    notes: tuple[str, ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment with its factors and presets."""

    name: str
    question: str
    scenarios: tuple[str, ...]
    factors: dict[str, list[str]]
    presets: dict[str, Told]


def experiments(*, as_json: _AsJson = False) -> None:
    """List the experiments: what each asks, what it varies, and how long it takes on this machine."""
    rows = _rows()
    typer.echo(msgspec.json.format(msgspec.json.encode(rows)).decode() if as_json else "\n\n".join(map(_text, rows)))


def _rows() -> list[Row]:
    from backing.driver import LEVELS  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.experiments.planning import plan  # noqa: PLC0415
    from loadtests.experiments.table import EXPERIMENTS  # noqa: PLC0415
    from loadtests.isolation.promises import ANOMALIES  # noqa: PLC0415
    from loadtests.measurement.cores import available, share_out  # noqa: PLC0415

    cores = share_out(None, available())
    rows = [
        Row(
            name=each.name,
            question=each.question,
            scenarios=each.scenarios,
            factors=each.factors,
            presets={name: _told(plan(each, preset, cores)) for name, preset in each.presets.items()},
        )
        for each in EXPERIMENTS.values()
    ]
    levels = {"level": list(LEVELS), "anomaly": list(ANOMALIES)}
    return [*rows, Row(name=NAME, question=QUESTION, scenarios=(), factors=levels, presets={})]


def _told(planned: "Planned") -> Told:
    wish, cost = planned.wish, planned.cost
    return Told(
        lanes=wish.lanes,
        users=wish.users,
        rates=wish.rates,
        cells=cost.cells,
        servers=cost.servers,
        rounds=cost.rounds,
        expected_s=cost.expected_s,
        least_s=cost.least_s,
        notes=wish.notes,
    )


def _text(row: Row) -> str:
    factors = "".join(f", {name} {'/'.join(values)}" for name, values in row.factors.items())
    lines = [_line(name, told, factors) for name, told in row.presets.items()]
    return "\n".join([f"{row.name}: {row.question}", *(lines or [f"  a few seconds, without load{factors}"])])


def _line(name: str, told: Told, factors: str) -> str:
    from loadtests.report.numbers import clock  # noqa: PLC0415

    lanes = f"{len(told.lanes)} lanes"
    load = f"{_span(told.rates)} arrivals/s" if told.rates else f"users {_span(told.users)}"
    return f"  {name:5} about {clock(told.expected_s)}  {lanes}, {load}{factors}"


def _span(values: tuple[float, ...]) -> str:
    return "/".join(f"{value:g}" for value in values)
