"""What a Locust run loads: a lane, a scenario with its parameters, closed or open; checked before any user starts.

The base URL comes from the lane alone. Locust's own host field is shown but not used: load goes where the lane is.
"""

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar

from backing.problem import Problem
from contract import parameters
from contract.endpoints import BY_NAME
from contract.settings import SESSION_STORES
from loadtests.scenarios import SCENARIOS, Scenario
from loadtests.servers.lanes import LANES, Lane

_Row = TypeVar("_Row")
Value = str | int
VARIABLE = "TRILANE_TARGETS"
CLOSED, OPEN = LOADS = ("closed", "open")
STORE = parameters.Choice("store", SESSION_STORES[0], SESSION_STORES)
MOST_PER_S = 100_000.0


def fields_of(scenario: Scenario) -> dict[str, parameters.Parameter]:
    """Return what a person may set under a scenario, by name; `store` is where its users' sessions are kept."""
    every = BY_NAME[scenario.endpoint].parameters
    own = {each.name: each for each in every if each.name in scenario.parameters and each.name != scenario.own}
    return own | ({STORE.name: STORE} if scenario.login else {})


def defaults_of(scenario: Scenario) -> dict[str, Value]:
    """Return what those fields are unless a person sets them."""
    return {name: scenario.parameters.get(name, each.default) for name, each in fields_of(scenario).items()}


def _every_field() -> dict[str, list[parameters.Parameter]]:
    found: dict[str, list[parameters.Parameter]] = {}
    for scenario in SCENARIOS.values():
        for name, each in fields_of(scenario).items():
            found.setdefault(name, []).append(each)
    return found


FIELDS = _every_field()
"""The fields of all scenarios: by name the parameters that are called so, whose bounds may differ."""


def targets(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the base URL of each lane that is up, by name; raise `Problem` when the variable is not understood."""
    text = environment.get(VARIABLE, "{}")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Problem(f'{VARIABLE} is not JSON ({error}); give {{"LANE": "http://HOST:PORT"}}') from None
    if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
        raise Problem(f'{VARIABLE} must name a base URL per lane: {{"LANE": "http://HOST:PORT"}}')
    for name in found:
        _known(name, LANES, "lane")
    return found


@dataclass(frozen=True)
class Chosen:
    """What a person chose: `params` are all fields of the scenario, `rate` is that of an open load, None for closed."""

    lane: Lane
    scenario: Scenario
    params: dict[str, Value] = field(default_factory=dict)
    rate: float | None = None

    @classmethod
    def of(cls, options: Namespace | None) -> Self:
        """Read the options; raise `Problem` when they name nothing that can be loaded."""
        if options is None:
            raise Problem("nothing was chosen; start Locust with `-f loadtests/locustfile.py`")
        lane = _known(options.lane, LANES, "lane")
        scenario = _known(options.scenario, SCENARIOS, "scenario")
        said = {name: str(getattr(options, name, None) or "").strip() for name in FIELDS}
        params = _params(scenario, {name: text for name, text in said.items() if text})
        return cls(lane, scenario, params, _rate(getattr(options, "load", CLOSED), getattr(options, "rate", "")))

    @property
    def store(self) -> str:
        """Return where the sessions of the lane's server are kept."""
        return str(self.params.get(STORE.name, STORE.default))

    @property
    def sent(self) -> dict[str, Value]:
        """Return the parameters of each request."""
        return {name: value for name, value in self.params.items() if name != STORE.name}


@dataclass(frozen=True)
class Choice(Chosen):
    """What a person chose, and where it is."""

    base_url: str = ""

    @classmethod
    def of(cls, options: Namespace | None) -> Self:
        """Read the options with `--target`; raise `Problem` when they name nothing that can be loaded."""
        chosen = Chosen.of(options)
        base_url = getattr(options, "target", "") or targets().get(chosen.lane.name)
        if not base_url:
            raise Problem(
                f"lane {chosen.lane.name} has no base URL; name it in {VARIABLE} or give --target http://HOST:PORT"
            )
        return cls(chosen.lane, chosen.scenario, chosen.params, chosen.rate, base_url)


def _params(scenario: Scenario, said: Mapping[str, str]) -> dict[str, Value]:
    """Return the scenario's parameters with those that were said; raise `Problem` with the contract's rule."""
    fields = fields_of(scenario)
    for name, text in said.items():
        if name not in fields:
            there = f"it has {', '.join(fields)}" if fields else "it has none"
            raise Problem(f"{name}={text}: the scenario {scenario.name} has no such parameter; {there}")
    try:
        return defaults_of(scenario) | {name: fields[name].parse(text) for name, text in said.items()}
    except ValueError as error:
        raise Problem(f"{error}") from None


def _rate(load: str, text: str | float | None) -> float | None:
    """Return the arrivals per second of an open load, None for a closed one."""
    if load not in LOADS:
        raise Problem(f"load must be one of {', '.join(LOADS)}, not {load!r}")
    if load == CLOSED:
        return None
    try:
        rate = float(text or "")
    except ValueError:
        rate = 0.0
    if not 0 < rate <= MOST_PER_S:
        raise Problem(f"an open load needs a rate above 0 and up to {MOST_PER_S:,.0f} per second, not {text!r}")
    return rate


def _known(name: str, table: Mapping[str, _Row], what: str) -> _Row:
    if name not in table:
        raise Problem(f"there is no {what} {name!r}; choose one of {', '.join(table)}")
    return table[name]
