"""The three apps, and what the contract says of their handlers' names and files."""

from contract.endpoint import STYLES, Endpoint
from contract.endpoints import ENDPOINTS

APPS = {"flask": "Flask", "fastapi": "FastAPI", "django": "Django"}
# Of an endpoint outside the styles: it has one handler, whatever its kind.
PLAIN = ""
KINDS = {"sync": "plain function", "async": "coroutine", PLAIN: "one handler for all servers"}


def styles(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the styles in which an endpoint is answered."""
    return STYLES if endpoint.styled else (PLAIN,)


def address_of(endpoint: Endpoint) -> str:
    """Return the path of an endpoint in all its styles."""
    return f"/{{{','.join(STYLES)}}}/{endpoint.path}" if endpoint.styled else endpoint.path


def handler_name(endpoint: Endpoint, style: str) -> str:
    """Return the name of an endpoint's handler, the same in every app."""
    return f"{endpoint.name}_async" if style == STYLES[1] else endpoint.name


def file_of(app: str, topic: str) -> str:
    """Return the path of an app's file about a topic."""
    return f"{app}_app/{topic}.py"


HANDLERS = frozenset((each.topic, handler_name(each, style)) for each in ENDPOINTS for style in styles(each))
