"""Paths that nobody serves and methods that nobody handles: no redirect, no slash put right, one shape of error."""

from collections.abc import Iterable, Iterator

from contract.conformance.case import Case, error, refusal
from contract.conformance.questions import SAMPLES
from contract.endpoints import ENDPOINTS, Endpoint

UNSERVED = (
    "/", "/{style}", "/{style}/", "/{style}/hello/", "/{style}//hello", "//{style}/hello", "/{style}/Hello",
    "/{style}/hell", "/{style}/articles/", "/{style}/articles/1/", "/{style}/articles/1/2", "/{style}/%FF",
    "/other/hello", "/hello", "/health/", "/static/app.css", "/docs", "/openapi.json", "/favicon.ico",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def unserved_cases(style: str) -> Iterator[Case]:
    """Yield paths near those of the contract: none is found, and none leads elsewhere."""
    for path in UNSERVED:
        own = path.format(style=style)
        yield refusal(f"{style} does not know {own}", own, 404)
    for method in METHODS[2:]:
        yield refusal(f"{style} does not know /{style}/nothing to {method}", f"/{style}/nothing", 404, method=method)


def unhandled_cases(style: str, endpoints: Iterable[Endpoint] = ENDPOINTS) -> Iterator[Case]:
    """Yield, for the path of each endpoint under the style, each method that it does not answer."""
    for endpoint in endpoints:
        allowed = answered(endpoint)
        for method in sorted(set(METHODS) - set(allowed)):
            path = endpoint.url(style, **{name: SAMPLES[name] for name in SAMPLES if f"{{{name}}}" in endpoint.path})
            yield Case(
                f"{style} {endpoint.name} does not answer {method}",
                path,
                b"" if method == "HEAD" else error(405),
                method,
                405,
                extra={"allow": ", ".join(allowed)},
            )


def answered(endpoint: Endpoint) -> list[str]:
    """Return the methods that the endpoint's path answers, in the order in which `Allow` names them."""
    own = {other.method for other in ENDPOINTS if other.path == endpoint.path}
    return sorted(own | ({"HEAD"} if "GET" in own else set()))
