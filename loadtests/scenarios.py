"""The scenarios: one kind of work each, as data that the orchestrator, the users and the web UI share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from contract.endpoints import BY_NAME


@dataclass(frozen=True)
class Scenario:
    """One kind of work that a simulated user does.

    `parameters` are the endpoint's; `contains` must stand in every right body; `all_cores` gives the servers every
    core, for work whose generator is nearly idle.
    """

    name: str
    asks: str
    endpoint: str
    contains: bytes
    parameters: dict[str, str | int] = field(default_factory=dict)
    all_cores: bool = False

    def target(self, style: str, changed: Mapping[str, str | int] | None = None) -> str:
        """Return path and query under `style`; `changed` parameters come before the scenario's own."""
        path, parameters = BY_NAME[self.endpoint].url(style), self.parameters | dict(changed or {})
        return f"{path}?{urlencode(parameters)}" if parameters else path


TABLE: tuple[Scenario, ...] = (
    Scenario("hello", "What does framework and server cost per request?", "hello", b'{"message":"hello"}'),
    Scenario("wait", "What happens when requests wait on I/O?", "wait", b'{"ms":', {"ms": 50, "how": "cooperative"}),
    Scenario(
        "articles",
        "What does a pooled database read cost?",
        "articles_list",
        b'{"articles":[',
        {"limit": 20, "access": "pooled"},
    ),
    Scenario(
        "cpu",
        "Who can use the cores when requests compute?",
        "cpu_python",
        b'{"checksum":',
        {"rounds": 10_000},
        all_cores=True,
    ),
)

SCENARIOS = {scenario.name: scenario for scenario in TABLE}
DEFAULT = ("hello", "wait", "articles", "cpu")
