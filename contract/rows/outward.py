"""Endpoints that call another service, each beside its parameters."""

from contract.endpoint import Endpoint
from contract.parameters import Integer
from contract.rows.plain import MS

CALLS = Integer("calls", 3, 1, 10)

ROWS: tuple[Endpoint, ...] = (
    Endpoint(
        "upstream",
        "GET",
        "upstream",
        "upstream",
        "Call a slow service: one call after another as a plain function, all together as a coroutine.",
        (CALLS, MS),
    ),
)
