"""Every question that the endpoint table raises: what each parameter allows, and what it has to refuse."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

from contract.conformance.answers import Parameters, echo, echo_with_a_stale_thread, right_body
from contract.conformance.case import Case, refusal
from contract.conformance.target import Target
from contract.endpoints import ENDPOINTS, Endpoint
from contract.errors import no_article
from contract.parameters import Choice, FileName, Integer, LocalPath, Parameter, Token
from contract.queries import ARTICLES
from contract.rows.plain import MS

# A value above this would only make the suite wait: the bound itself is asked for from its other side.
DEAREST = {"ms": 60, "hold_ms": 60, "rounds": 30_000, "id": ARTICLES}
SAMPLES: Parameters = {"id": 4242, "token": "sample-Token-1", "request_id": "sample-Id-1", "file": "site.css"}
NOT_NUMBERS = ("", "abc", "1.5", "+5", " 5", "5 ", "1_0", "0x10", "1e1", "--1", "٣", "\x00", "9" * 100)
NOT_TOKENS = ("", "a" * 65, "under_score", "a b", "é", "<b>", "a\n")
NOT_FILES = ("a b", ".hidden", "a" * 65, "é", "a:b")
NOT_PATHS = (
    "", "hello", "//elsewhere.example", "/\\elsewhere.example", "http://elsewhere.example/", "/a b", "/a\n", "/é",
    "/" + "a" * 200,
)  # fmt: skip
# What a section of its own asks is left to it.
ASKED = tuple(endpoint for endpoint in ENDPOINTS if endpoint.styled and not endpoint.own_section)
FAILURES = {"exception": 500, "abort": 418}
LONGEST_SHOWN = 20


def good_cases(endpoint: Endpoint, target: Target) -> Iterator[Case]:
    """Yield one case for the defaults and one per value that a parameter allows, the others at their defaults."""
    if target.reason(endpoint) is not None:
        path = _url(endpoint, target.style, _needed(endpoint, target.style))
        yield refusal(f"{target.style} {endpoint.name} is not available", path, 501, target.reason(endpoint))
        return
    yield _good(endpoint, target, {})
    for parameter in endpoint.parameters:
        for value in _allowed(parameter):
            yield _good(endpoint, target, {parameter.name: value})


def bad_cases(endpoint: Endpoint, target: Target) -> Iterator[Case]:
    """Yield one case per value that a parameter refuses, each answered by its rule."""
    if target.reason(endpoint) is not None:
        return
    for parameter in endpoint.parameters:
        for value in _refused(parameter, in_path=_in_path(endpoint, parameter)):
            path = _url(endpoint, target.style, {**_needed(endpoint, target.style), parameter.name: value})
            name = f"{target.style} {endpoint.name} refuses {parameter.name}={_shown(value)}"
            yield refusal(name, path, 422, parameter.rule, method=endpoint.method)
        if parameter.default is None and not _in_path(endpoint, parameter):
            path = _url(endpoint, target.style, {})
            name = f"{target.style} {endpoint.name} needs {parameter.name}"
            yield refusal(name, path, 422, parameter.rule, method=endpoint.method)


def asked(target: Target) -> Iterator[Endpoint]:
    """Yield the endpoints of `ASKED` that the target is to be asked for."""
    return (endpoint for endpoint in ASKED if target.asks(endpoint.name))


def other_cases(target: Target) -> Iterator[Case]:
    """Yield what the parameters' own rules do not raise."""
    style = target.style
    if target.asks("articles_get"):
        for missing in (ARTICLES + 1, 2_147_483_647):
            name = f"{style} articles_get has no article {missing}"
            yield refusal(name, f"/{style}/articles/{missing}", 404, str(no_article(missing)))
    if target.asks("context_add"):
        body = right_body("context_add", {"a": 2, "b": 3})
        yield Case(f"{style} takes the last of two values", f"/{style}/context/add?a=1&b=3&a=2", body)
    if target.asks("wait"):
        yield refusal(f"{style} judges the last of two values", f"/{style}/wait?ms=1&ms=x", 422, MS.rule)
    if target.asks("hello"):
        yield from _hellos(style)


def _hellos(style: str) -> Iterator[Case]:
    hello = right_body("hello", {})
    yield Case(f"{style} ignores parameters that it does not know", f"/{style}/hello?unknown=1", hello)
    yield Case(f"{style} ignores an undecodable query that it does not need", f"/{style}/hello?%FF=%FF&&=", hello)
    elsewhere = (("Host", "elsewhere.example:8080"),)
    yield Case(f"{style} answers whatever host it is called", f"/{style}/hello", hello, headers=elsewhere)


def _good(endpoint: Endpoint, target: Target, chosen: Parameters) -> Case:
    given = {**_needed(endpoint, target.style), **chosen}
    defaults = {parameter.name: parameter.default for parameter in endpoint.parameters if parameter.default is not None}
    name = " ".join([target.style, endpoint.name, *(f"{name}={_shown(value)}" for name, value in chosen.items())])
    path, every = _url(endpoint, target.style, given), {**defaults, **given}
    if endpoint.name == "fail":
        return refusal(name, path, FAILURES[str(every["kind"])])
    if endpoint.name == "context_echo":
        token, carrier = str(every["token"]), str(every["carrier"])
        stale = target.lost(carrier) and target.leaks(carrier)
        right = echo_with_a_stale_thread(token) if stale else echo(token, lost=target.lost(carrier))
        return Case(name, path, right)
    return Case(name, path, right_body(endpoint.name, every), endpoint.method)


def _needed(endpoint: Endpoint, style: str) -> dict[str, str | int]:
    # A thread that one style has left its token in may be the other thread of a request in the other style.
    samples = {**SAMPLES, "token": f"{SAMPLES['token']}-{style}"}
    return {parameter.name: samples[parameter.name] for parameter in endpoint.parameters if parameter.default is None}


def _allowed(parameter: Parameter) -> Iterator[str | int]:
    match parameter:
        case Integer(name=name, low=low, high=high):
            yield from (value for value in (low, high) if value <= DEAREST.get(name, high))
            yield f"00{max(low, 7)}"
        case Choice(choices=choices):
            yield from choices
        case Token():
            yield from ("a", "Z-9-" * 16)
        case FileName() | LocalPath():
            pass  # asked by sections of their own


def _refused(parameter: Parameter, *, in_path: bool) -> Iterator[str | int]:
    match parameter:
        case Integer(low=low, high=high):
            wrong: tuple[str | int, ...] = (low - 1, high + 1, *NOT_NUMBERS)
        case Choice(choices=choices):
            wrong = ("", "nothing", choices[0].upper(), f"{choices[0]} ")
        case Token():
            wrong = NOT_TOKENS
        case FileName():
            wrong = NOT_FILES
        case LocalPath():
            wrong = NOT_PATHS
    # An empty segment is another path, and one with a control character may end at the server.
    yield from (value for value in wrong if not in_path or (str(value) and str(value).isprintable()))


def _in_path(endpoint: Endpoint, parameter: Parameter) -> bool:
    return f"{{{parameter.name}}}" in endpoint.path


def _url(endpoint: Endpoint, style: str, given: Parameters) -> str:
    inside = {
        parameter.name: quote(str(given[parameter.name]), safe="")
        for parameter in endpoint.parameters
        if _in_path(endpoint, parameter)
    }
    query = {name: value for name, value in given.items() if name not in inside}
    path = endpoint.url(style, **inside)
    return f"{path}?{urlencode(query)}" if query else path


def _shown(value: str | int) -> str:
    text = str(value)
    return ascii(text) if len(text) <= LONGEST_SHOWN else f"{text[:8]!r}… ({len(text)} characters)"
