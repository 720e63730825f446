"""Words about requests: their state, their routes, and what runs around them."""

from loadtests.reader import addresses
from loadtests.reader.glossary.term import Term

REQUESTS: tuple[Term, ...] = (
    Term(
        "g",
        ("g",),
        "Flask's place for what belongs to the request in progress: a proxy that every function reaches "
        "without being handed it, empty again for the next request.",
        addresses.CONTEXT,
    ),
    Term(
        "request",
        ("request",),
        "What was asked: in Flask a proxy that finds the request of the context in progress, "
        "in FastAPI and Django an object that is handed from function to function.",
        addresses.PARAMETERS,
    ),
    Term(
        "current_app",
        ("current_app",),
        "Flask's proxy for the app that answers the request in progress.",
        addresses.CONTEXT,
    ),
    Term(
        "request.state",
        ("state",),
        "Starlette's place for what belongs to one request; it goes where the request goes, and nowhere else.",
        addresses.CONTEXT,
    ),
    Term(
        "copy_current_request_context",
        ("copy_current_request_context",),
        "Wraps a function so that another thread calls it with the request at hand, in Flask, and with an empty `g`.",
        addresses.CONTEXT,
    ),
    Term(
        "context variable",
        ("ContextVar", "copy_context"),
        "Python's variable with a value for each thread and each "
        "task; a task starts with a copy of its parent's values, and a copied context can be run elsewhere.",
        {"Python": f"{addresses.PYTHON}contextvars.html", **addresses.CONTEXT},
    ),
    Term(
        "view",
        ("View", "MethodView", "as_view", "method_decorator"),
        "A handler of requests: a function, or a class "
        "with a method for each of HTTP's, of which `as_view` makes a function.",
        addresses.CLASSES,
    ),
    Term(
        "Blueprint",
        ("Blueprint",),
        "Flask's set of routes and hooks, written apart and registered with the app.",
        addresses.ROUTES,
    ),
    Term(
        "APIRouter",
        ("APIRouter", "router", "APIRoute"),
        "FastAPI's set of routes, written apart and included in the "
        "app; its route class can be replaced, as this site does.",
        addresses.ROUTES,
    ),
    Term(
        "route",
        ("get", "post", "put", "delete", "methods", "add_url_rule", "path", "urlpatterns"),
        "The line that "
        "leads a method and a path to a handler: a decorator in Flask and FastAPI, an entry of a list in Django.",
        {**addresses.VIEWS, "Django": f"{addresses.DJANGO}topics/http/urls/"},
        routed=("get", "post", "put", "delete", "methods", "path"),
    ),
    Term("url_for", ("url_for", "url_path_for"), "Builds the path of a route from its name.", addresses.ROUTES),
    Term(
        "Depends",
        ("Depends",),
        "Names what FastAPI has to call before a handler, whose result it is handed; one with "
        "a `yield` goes on after it.",
        {
            "FastAPI": f"{addresses.FASTAPI}tutorial/dependencies/",
            "with yield": f"{addresses.FASTAPI}tutorial/dependencies/dependencies-with-yield/",
        },
    ),
    Term(
        "Annotated parameter",
        ("Annotated", "Query", "Path"),
        "A type with a rule: FastAPI reads a handler's "
        "signature, and judges each parameter before it calls the handler.",
        addresses.PARAMETERS,
        unless=("__file__", "typer"),
    ),
    Term(
        "middleware",
        ("Middleware", "add_middleware", "get_response", "middleware"),
        "What is wrapped around every request: it is called first, calls the rest, and sees the response last.",
        addresses.HOOKS,
    ),
    Term(
        "ASGI",
        ("ASGIApp", "scope"),
        "The protocol of servers with an event loop: an app is a "
        "coroutine that is handed what is known of the request, and two more to receive and to send.",
        {"ASGI": "https://asgi.readthedocs.io/en/latest/specs/main.html", **addresses.HOOKS},
    ),
    Term(
        "before_request",
        ("before_request", "after_request", "teardown_request", "after_this_request"),
        "Flask's hooks around a request: before, after in reverse order, and at its end whether it failed or not.",
        addresses.HOOKS,
    ),
)
