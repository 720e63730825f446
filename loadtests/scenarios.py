"""The scenarios: one kind of work each, as data that the orchestrator, the users and the web UI share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from contract.endpoints import BY_NAME
from contract.queries import ARTICLES
from contract.rows.pages import NEWEST
from contract.rows.writing import KEY
from loadtests.messages import Exchange

# What stands in a body for the article that a cell's users write to, and in a header for a text that is new each time.
ARTICLE, FRESH = "{article}", "{fresh}"
# So many users who read pages have a session of their own; more share these.
SESSIONS = 64


@dataclass(frozen=True)
class Scenario:
    """One kind of work that a simulated user does.

    `parameters` are the endpoint's, in its path or its query; `contains` must stand in every right body; `all_cores`
    gives the servers every core, for work whose generator is nearly idle. `own` names the parameter in which each user
    sends a value that no other one sends. `users` is how many there are unless a person says otherwise: enough to keep
    a server busy, and no more, since what they wait for each other takes time that could have measured something.

    Work that `writes` names what it adds, `likes` or `orders`, to an article that each cell has for itself; `body` and
    `headers` go with each request, `status` is that of a right answer. Where `login` is true its users have a session.

    Work that reads through the pool among other things names in `reads` the scenarios that do nothing else, with what
    is changed of their parameters: as long as they take, it holds a connection.
    """

    name: str
    asks: str
    endpoint: str
    contains: bytes
    parameters: dict[str, str | int] = field(default_factory=dict)
    all_cores: bool = False
    own: str = ""
    users: int = 64
    writes: str = ""
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    login: bool = False
    reads: tuple[tuple[str, dict[str, str | int]], ...] = ()

    def target(self, style: str, changed: Mapping[str, str | int] | None = None) -> str:
        """Return path and query under `style`; `changed` parameters come before the scenario's own."""
        endpoint, parameters = BY_NAME[self.endpoint], self.parameters | dict(changed or {})
        inside = {name: value for name, value in parameters.items() if f"{{{name}}}" in endpoint.path}
        query = {name: value for name, value in parameters.items() if name not in inside}
        path = endpoint.url(style, **inside)
        return f"{path}?{urlencode(query)}" if query else path

    def value_of(self, number: int) -> str | int:
        """Return what user `number`, from 0, sends in the parameter in which each has a value of its own."""
        return f"user-{number:04}" if self.own == "token" else number % ARTICLES + 1

    def write(
        self, style: str, article: int, changed: Mapping[str, str | int] | None = None, *, cookie: str = ""
    ) -> Exchange:
        """Return what a user sends that writes to `article`, with the `cookie` of a session where it has one."""
        endpoint = BY_NAME[self.endpoint]
        inside = {"id": article} if "{id}" in endpoint.path else {}
        return Exchange(
            target=self.target(style, {**dict(changed or {}), **inside}),
            method=endpoint.method,
            headers=(*self.headers, *((("Cookie", cookie),) if cookie else ())),
            body=self.body.replace(ARTICLE, str(article)).encode(),
            fresh=FRESH if any(FRESH in value for _, value in self.headers) else "",
            status=self.status,
            contains=self.contains,
        )


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
        "article",
        "Does each request get the row that it asked for?",
        "articles_get",
        b'{"id":',
        {"id": 1, "access": "pooled"},
        own="id",
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
    Scenario(
        "upstream",
        "What happens when requests call a slow service?",
        "upstream",
        b'{"calls":',
        {"calls": 3, "ms": 50},
    ),
    Scenario(
        "like",
        "What does a counter cost that many change at once?",
        "articles_like",
        b'{"id":',
        {"lock": "optimistic"},
        writes="likes",
    ),
    Scenario(
        "order",
        "What does an order cost that is taken once for each key?",
        "orders_create",
        b'{"id":',
        writes="orders",
        body=f'{{"article_id":{ARTICLE},"quantity":1}}',
        headers=(("Content-Type", "application/json"), (KEY.name, FRESH)),
        status=201,
        login=True,
    ),
    Scenario(
        "page",
        "What does a page cost as real sites have it?",
        "page",
        b"again, curry-30.",
        {"id": 1},
        login=True,
        reads=(("article", {}), ("articles", {"limit": NEWEST})),
    ),
)

SCENARIOS = {scenario.name: scenario for scenario in TABLE}
DEFAULT = ("hello", "wait", "articles", "cpu")
