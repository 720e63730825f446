"""The endpoints, one row each: the suite, the load scenarios, the reader and the docs are all driven by this table.

An endpoint's `name` is the name of its handler in every app (`hello` under `/sync`, `hello_async` under `/async`) and
`topic` is the module that holds it, so a handler's twin is found without searching.
"""

from dataclasses import dataclass

from contract.parameters import Choice, Integer, Parameter, Token

STYLES = ("sync", "async")


@dataclass(frozen=True)
class Endpoint:
    """One method and path that all three apps answer alike.

    `path` is what follows the style (`/sync/`, `/async/`), or the whole path when `styled` is false; `{name}` stands
    for a path parameter. `does` is one sentence.
    """

    name: str
    method: str
    path: str
    topic: str
    does: str
    parameters: tuple[Parameter, ...] = ()
    styled: bool = True

    def url(self, style: str, **path_parameters: object) -> str:
        """Return the path under `style` (ignored by an endpoint outside the styles)."""
        path = self.path.format(**path_parameters)
        return f"/{style}/{path}" if self.styled else path


LIMIT = Integer("limit", 20, 1, 100)
COUNT = Integer("count", 20, 1, 50)
ARTICLE_ID = Integer("id", None, 1, 2_147_483_647)
ACCESS = Choice("access", "pooled", ("per-request", "pooled"))
CARRIER = Choice("carrier", "framework", ("framework",))
RECEIVERS = Integer("receivers", 1, 0, 100)
MS = Integer("ms", 50, 0, 10_000)
HOLD_MS = Integer("hold_ms", 0, 0, 10_000)
HOW = Choice("how", "cooperative", ("cooperative", "blocking"))
TOKEN = Token("token", None)
ADDEND_A = Integer("a", 6, -1_000_000_000, 1_000_000_000)
ADDEND_B = Integer("b", 66, -1_000_000_000, 1_000_000_000)
PYTHON_ROUNDS = Integer("rounds", 10_000, 1, 1_000_000)
NATIVE_ROUNDS = Integer("rounds", 2_000, 1, 1_000_000)
KIND = Choice("kind", "exception", ("exception", "abort"))
REQUEST_ID = Token("request_id", None)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("hello", "GET", "hello", "hello", "Do nothing: the floor of framework and server."),
    Endpoint(
        "context_add",
        "GET",
        "context/add",
        "context",
        "Add two numbers that a before-request hook left in the request context.",
        (ADDEND_A, ADDEND_B),
    ),
    Endpoint(
        "context_home", "GET", "context/home", "context", "Answer from a request context in which the hook set no name."
    ),
    Endpoint(
        "context_echo",
        "GET",
        "context/echo",
        "context",
        "Write a token to the request context, wait, and read it back in five places.",
        (TOKEN, HOLD_MS, CARRIER),
    ),
    Endpoint("signals", "GET", "signals", "signals", "Send a signal to a number of receivers.", (RECEIVERS,)),
    Endpoint("articles_list", "GET", "articles", "articles", "Read the newest articles in one query.", (LIMIT, ACCESS)),
    Endpoint(
        "articles_random",
        "GET",
        "articles/random",
        "articles",
        "Read articles in one query each.",
        (COUNT, ACCESS),
    ),
    Endpoint("articles_get", "GET", "articles/{id}", "articles", "Read one article by its key.", (ARTICLE_ID, ACCESS)),
    Endpoint("wait", "GET", "wait", "waiting", "Wait without using the CPU.", (MS, HOW)),
    Endpoint(
        "cpu_python",
        "GET",
        "cpu/python",
        "computing",
        "Compute in pure Python, holding the interpreter lock.",
        (PYTHON_ROUNDS,),
    ),
    Endpoint(
        "cpu_native",
        "GET",
        "cpu/native",
        "computing",
        "Compute in C, releasing the interpreter lock.",
        (NATIVE_ROUNDS,),
    ),
    Endpoint("fail", "GET", "fail", "errors", "Raise, so that the error hooks must run.", (KIND,)),
    Endpoint("health", "GET", "/health", "status", "Say whether the app can serve.", styled=False),
    Endpoint("stats", "GET", "/stats", "status", "Describe the process that answers.", styled=False),
    Endpoint(
        "journal",
        "GET",
        "/journal/{request_id}",
        "status",
        "List the hooks and signals that ran for a traced request.",
        (REQUEST_ID,),
        styled=False,
    ),
)

BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}
