"""Endpoints that need nothing but the framework: the floor, waits, computations and failures."""

from contract.endpoint import Endpoint
from contract.parameters import Choice, Integer

MS = Integer("ms", 50, 0, 10_000)
HOW = Choice("how", "cooperative", ("cooperative", "blocking"))
PYTHON_ROUNDS = Integer("rounds", 10_000, 1, 1_000_000)
NATIVE_ROUNDS = Integer("rounds", 2_000, 1, 1_000_000)
KIND = Choice("kind", "exception", ("exception", "abort"))

ROWS: tuple[Endpoint, ...] = (
    Endpoint("hello", "GET", "hello", "hello", "Do nothing: the floor of framework and server."),
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
)
