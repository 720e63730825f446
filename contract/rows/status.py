"""What an app says of itself, outside the two styles."""

from contract.endpoint import Endpoint
from contract.parameters import Token

REQUEST_ID = Token("request_id", None)

ROWS: tuple[Endpoint, ...] = (
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
