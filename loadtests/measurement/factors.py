"""The factors of an experiment: what can be changed of a lane, of its request, or of what runs beside it.

A variant is a set of factors with their values, for example `{"threads": 16}`. Three kinds of factor: what the server
is started with, what a parameter of the endpoint is, and which scenario one user asks for at the same time.
"""

from collections.abc import Mapping

from backing.problem import Problem
from contract.endpoints import BY_NAME
from contract.parameters import Integer, Parameter
from loadtests.scenarios import SCENARIOS, Scenario

Value = str | int
Variant = Mapping[str, Value]

BESIDE = "beside"
NOTHING = "nothing"
SERVER: dict[str, Parameter] = {
    factor.name: factor
    for factor in (
        Integer("workers", None, 1, 512),
        Integer("threads", None, 1, 1_024),
        Integer("pool", None, 1, 512),
        Integer("cores", None, 1, 1_024),
    )
}


def read_variant(text: str, scenario: str) -> dict[str, Value]:
    """Read `factor=value,factor=value`; raise `Problem` naming what is wrong and what there is."""
    return dict(_read(part.strip(), scenario) for part in text.split(",")) if text else {}


def _read(part: str, scenario: str) -> tuple[str, Value]:
    name, equals, value = part.partition("=")
    if not equals:
        raise Problem(f"{part!r} is no factor: write FACTOR=VALUE, with one of {', '.join(known(scenario))}")
    return name, check(name, value, scenario)


def known(scenario: str) -> list[str]:
    """Return the factors that a scenario has."""
    return [*SERVER, BESIDE, *(parameter.name for parameter in BY_NAME[SCENARIOS[scenario].endpoint].parameters)]


def check(name: str, value: Value, scenario: str) -> Value:
    """Return the value as it will be used; raise `Problem` where the scenario has no such factor or value."""
    if name == BESIDE:
        if value not in (neighbours := [NOTHING, *(each.name for each in SCENARIOS.values() if _plain(each))]):
            raise Problem(f"{name}={value}: no neighbour can do that; use one of {', '.join(neighbours)}")
        return value
    parameters = {each.name: each for each in BY_NAME[SCENARIOS[scenario].endpoint].parameters}
    parameter = SERVER.get(name) or parameters.get(name)
    if parameter is None:
        raise Problem(f"{name}: {scenario} has no such factor; use one of {', '.join(known(scenario))}")
    try:
        return parameter.parse(str(value))
    except ValueError as error:
        raise Problem(f"{name}={value}: {error}") from None


def _plain(scenario: Scenario) -> bool:
    """Tell whether work needs neither a session nor rows of its own, so that one more user can do it at any time."""
    return not (scenario.writes or scenario.login)


def label(lane: str, variant: Variant) -> str:
    """Return what a lane is called where its factors are those."""
    return " ".join((lane, *(f"{name}={value}" for name, value in variant.items())))


def integer(variant: Variant, name: str) -> int | None:
    """Return a factor that is a number, None where it is not set."""
    value = variant.get(name)
    return None if value is None else int(value)


def parameters(variant: Variant) -> dict[str, Value]:
    """Return the factors that are parameters of the endpoint."""
    return {name: value for name, value in variant.items() if name not in SERVER and name != BESIDE}
