"""The frameworks' own words, one sentence each, with the pages of their documentation that treat the topic."""

import msgspec

from loadtests.reader import addresses


class Term(msgspec.Struct, frozen=True):
    """A word of a framework: `words` are how it stands in code, `links` are addresses by whose they are.

    Beside one of the words in `unless` it means something else.
    """

    name: str
    words: tuple[str, ...]
    says: str
    links: dict[str, str]
    unless: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Return the name under which a page has it."""
        return f"term-{self.words[0].strip('@').lower().replace('_', '-')}"


GLOSSARY: tuple[Term, ...] = (
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
    Term(
        "sync_to_async",
        ("sync_to_async",),
        "Makes a coroutine of a plain function, by calling it in a thread; "
        "context variables go with it, and what it sets comes back.",
        addresses.ASYNC,
    ),
    Term(
        "async_to_sync",
        ("async_to_sync",),
        "Makes a plain function of a coroutine, by running it on an event loop "
        "until it is done: what Flask does with every coroutine view.",
        addresses.ASYNC,
    ),
    Term(
        "run_in_threadpool",
        ("run_in_threadpool",),
        "Calls a plain function in one of Starlette's threads, with a "
        "copy of the context, while the event loop goes on.",
        addresses.THREADS,
    ),
    Term(
        "coroutine",
        ("await",),
        "A function that hands the thread back at each `await`; who runs it depends on the framework and the server.",
        addresses.ASYNC,
    ),
    Term(
        "signal",
        ("Signal", "NamedSignal", "Namespace", "send_async", "asend", "receiver", "connect"),
        "A list of functions that are called when something happened, by a sender that does not know them.",
        addresses.SIGNALS,
    ),
    Term(
        "session",
        ("session",),
        "What a site remembers of a visitor from one request to the next, found by a cookie.",
        addresses.SESSIONS,
        unless=("select", "opened"),
    ),
    Term(
        "flash",
        ("flash", "get_flashed_messages", "messages"),
        "A message that is kept for the visitor's next request, and then forgotten.",
        addresses.FLASHES,
    ),
    Term(
        "form",
        ("LoginForm", "RegisterForm", "Form"),
        "Fields with rules: WTForms beside Flask, a Pydantic model beside FastAPI, Django's own.",
        addresses.FORMS,
    ),
    Term(
        "CSRF",
        ("csrf",),
        "A token in a form that another site's page cannot know, so that it cannot send the form in a visitor's name.",
        addresses.CSRF,
    ),
    Term(
        "template",
        ("render_template", "Jinja2Templates", "render_to_string", "html"),
        "A page with gaps, filled by Jinja or, in Django, by its own engine.",
        addresses.TEMPLATES,
    ),
    Term(
        "refusal",
        ("Refused", "HTTPException", "Http404", "abort"),
        "An exception that the framework turns into an answer, by the handler that was registered for it.",
        addresses.ERRORS,
    ),
    Term(
        "ORM",
        ("objects", "select", "select_related", "joinedload", "selectinload", "prefetch_related", "QuerySet"),
        "Rows as objects; what belongs to them is read along by `select_related` or `joinedload`, in the same query.",
        addresses.ORM,
    ),
    Term(
        "transaction",
        ("atomic", "transaction", "begin"),
        "Statements that take effect together or not at all.",
        addresses.TRANSACTIONS,
    ),
)
