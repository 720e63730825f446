"""Which lane a Locust run loads, under which scenario: said by options, checked before any user starts.

The base URL comes from the lane alone. Locust's own host field is shown but not used: load goes where the lane is.
"""

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from backing.problem import Problem
from loadtests.scenarios import SCENARIOS, Scenario
from loadtests.servers.lanes import LANES, Lane

_Row = TypeVar("_Row")
VARIABLE = "TRILANE_TARGETS"


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
class Choice:
    """One lane, where it is, and one scenario."""

    lane: Lane
    base_url: str
    scenario: Scenario

    @classmethod
    def of(cls, options: Namespace | None) -> Self:
        """Read `--lane`, `--scenario` and `--target`; raise `Problem` when they name nothing that can be loaded."""
        if options is None:
            raise Problem("nothing was chosen; start Locust with `-f loadtests/locustfile.py`")
        lane = _known(options.lane, LANES, "lane")
        base_url = options.target or targets().get(lane.name)
        if not base_url:
            raise Problem(f"lane {lane.name} has no base URL; name it in {VARIABLE} or give --target http://HOST:PORT")
        return cls(lane, base_url, _known(options.scenario, SCENARIOS, "scenario"))


def _known(name: str, table: Mapping[str, _Row], what: str) -> _Row:
    if name not in table:
        raise Problem(f"there is no {what} {name!r}; choose one of {', '.join(table)}")
    return table[name]
