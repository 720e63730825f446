"""The scenarios: one kind of work each, as data that the orchestrator, the users and the web UI share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from contract.endpoints import BY_NAME


@dataclass(frozen=True)
class Scenario:
    """One kind of work that a simulated user does.

    `parameters` are the endpoint's; `contains` must stand in every right body; `all_cores` gives the servers every
    core, for work whose generator is nearly idle. `own` names the parameter in which each user sends a value that no
    other one sends. `users` is how many there are unless a person says otherwise: enough to keep a server busy, and no
    more, since what they wait for each other takes time that could have measured something.
    """

    name: str
    asks: str
    endpoint: str
    contains: bytes
    parameters: dict[str, str | int] = field(default_factory=dict)
    all_cores: bool = False
    own: str = ""
    users: int = 64

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
        users=32,
    ),
    Scenario(
        "cpu",
        "Who can use the cores when requests compute?",
        "cpu_python",
        b'{"checksum":',
        {"rounds": 10_000},
        all_cores=True,
        users=16,
    ),
    Scenario(
        "cpu-native",
        "Who can use the cores when requests compute in C?",
        "cpu_native",
        b'{"checksum":',
        {"rounds": 10_000},
        all_cores=True,
        users=16,
    ),
    Scenario("signals", "What does a signal with receivers cost?", "signals", b'{"receivers":', {"receivers": 10}),
    Scenario(
        "context",
        "Does each request keep its own state?",
        "context_echo",
        b'{"token":',
        {"token": "user-0000", "hold_ms": 10, "carrier": "framework"},
        own="token",
    ),
    Scenario(
        "cpu-heavy",
        "What does a computation of a tenth of a second do to others?",
        "cpu_python",
        b'{"checksum":',
        {"rounds": 500_000},
    ),
    Scenario(
        "blocking",
        "What does a wait that blocks do to others?",
        "wait",
        b'{"ms":',
        {"ms": 200, "how": "blocking"},
    ),
)

SCENARIOS = {scenario.name: scenario for scenario in TABLE}
DEFAULT = ("hello", "wait", "articles", "cpu")
