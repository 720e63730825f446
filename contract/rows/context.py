"""Endpoints about the state of a request, and about signals."""

from contract.endpoint import Endpoint
from contract.parameters import Choice, Integer, Token

CARRIER = Choice(
    "carrier",
    "framework",
    ("framework", "global", "thread-local", "ident-dict", "werkzeug-local", "asgiref-local", "contextvar"),
)
RECEIVERS = Integer("receivers", 1, 0, 100)
HOLD_MS = Integer("hold_ms", 0, 0, 10_000)
TOKEN = Token("token", None)
ADDEND_A = Integer("a", 6, -1_000_000_000, 1_000_000_000)
ADDEND_B = Integer("b", 66, -1_000_000_000, 1_000_000_000)

ROWS: tuple[Endpoint, ...] = (
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
        "Write a token to a carrier of per-request state, wait, and read it back in four places.",
        (TOKEN, HOLD_MS, CARRIER),
    ),
    Endpoint("signals", "GET", "signals", "signals", "Send a signal to a number of receivers.", (RECEIVERS,)),
)
