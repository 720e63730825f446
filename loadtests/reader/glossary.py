"""The frameworks' own words, one sentence each, with the page of each framework's documentation that treats the topic.

Addresses are of the stack `current`: Flask 3.1, FastAPI with Starlette 1, Django 5.2.
"""

import msgspec

_FLASK = "https://flask.palletsprojects.com/en/stable/"
_FASTAPI = "https://fastapi.tiangolo.com/"
_STARLETTE = "https://starlette.dev/"
_DJANGO = "https://docs.djangoproject.com/en/5.2/"
_PYTHON = "https://docs.python.org/3/library/"

_CONTEXT = {
    "Flask": f"{_FLASK}appcontext/",
    "FastAPI (Starlette)": f"{_STARLETTE}requests/#other-state",
    "Django": f"{_DJANGO}ref/request-response/",
}
_VIEWS = {
    "Flask": f"{_FLASK}quickstart/#routing",
    "FastAPI": f"{_FASTAPI}tutorial/first-steps/",
    "Django": f"{_DJANGO}topics/http/views/",
}
_ROUTES = {
    "Flask": f"{_FLASK}blueprints/",
    "FastAPI": f"{_FASTAPI}tutorial/bigger-applications/",
    "Django": f"{_DJANGO}topics/http/urls/",
}
_CLASSES = {
    "Flask": f"{_FLASK}views/",
    "FastAPI (Starlette)": f"{_STARLETTE}endpoints/",
    "Django": f"{_DJANGO}topics/class-based-views/",
}
_HOOKS = {
    "Flask": f"{_FLASK}lifecycle/",
    "FastAPI (Starlette)": f"{_STARLETTE}middleware/",
    "Django": f"{_DJANGO}topics/http/middleware/",
}
_ASYNC = {
    "Flask": f"{_FLASK}async-await/",
    "FastAPI": f"{_FASTAPI}async/",
    "Django": f"{_DJANGO}topics/async/",
}
_THREADS = {**_ASYNC, "FastAPI (Starlette)": f"{_STARLETTE}threadpool/"}
_SIGNALS = {
    "Flask": f"{_FLASK}signals/",
    "FastAPI has none": "https://blinker.readthedocs.io/en/stable/",
    "Django": f"{_DJANGO}topics/signals/",
}
_SESSIONS = {
    "Flask": f"{_FLASK}quickstart/#sessions",
    "FastAPI (Starlette)": f"{_STARLETTE}middleware/#sessionmiddleware",
    "Django": f"{_DJANGO}topics/http/sessions/",
}
_FLASHES = {
    "Flask": f"{_FLASK}patterns/flashing/",
    "FastAPI has none": f"{_STARLETTE}middleware/#sessionmiddleware",
    "Django": f"{_DJANGO}ref/contrib/messages/",
}
_FORMS = {
    "Flask": f"{_FLASK}patterns/wtforms/",
    "FastAPI": f"{_FASTAPI}tutorial/request-forms/",
    "Django": f"{_DJANGO}topics/forms/",
}
_CSRF = {
    "Flask": f"{_FLASK}web-security/",
    "FastAPI has none": f"{_FASTAPI}tutorial/security/",
    "Django": f"{_DJANGO}howto/csrf/",
}
_TEMPLATES = {
    "Flask": f"{_FLASK}templating/",
    "FastAPI": f"{_FASTAPI}advanced/templates/",
    "Django": f"{_DJANGO}topics/templates/",
}
_ERRORS = {
    "Flask": f"{_FLASK}errorhandling/",
    "FastAPI": f"{_FASTAPI}tutorial/handling-errors/",
    "Django": f"{_DJANGO}topics/http/views/#returning-errors",
}
_PARAMETERS = {
    "Flask": f"{_FLASK}quickstart/#accessing-request-data",
    "FastAPI": f"{_FASTAPI}tutorial/query-params-str-validations/",
    "Django": f"{_DJANGO}ref/request-response/",
}
_ORM = {
    "Flask and FastAPI (SQLAlchemy)": "https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html",
    "Django": f"{_DJANGO}ref/models/querysets/",
}
_TRANSACTIONS = {
    "Flask and FastAPI (SQLAlchemy)": "https://docs.sqlalchemy.org/en/21/orm/session_transaction.html",
    "Django": f"{_DJANGO}topics/db/transactions/",
}


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
    Term("g", ("g",), "Flask's place for what belongs to the request in progress: a proxy that every function reaches "
         "without being handed it, empty again for the next request.", _CONTEXT),
    Term("request", ("request",), "What was asked: in Flask a proxy that finds the request of the context in progress, "
         "in FastAPI and Django an object that is handed from function to function.", _PARAMETERS),
    Term("current_app", ("current_app",), "Flask's proxy for the app that answers the request in progress.", _CONTEXT),
    Term("request.state", ("state",), "Starlette's place for what belongs to one request; it goes where the request "
         "goes, and nowhere else.", _CONTEXT),
    Term("copy_current_request_context", ("copy_current_request_context",), "Wraps a function so that another thread "
         "calls it with the request at hand, in Flask, and with an empty `g`.", _CONTEXT),
    Term("context variable", ("ContextVar", "copy_context"), "Python's variable with a value for each thread and each "
         "task; a task starts with a copy of its parent's values, and a copied context can be run elsewhere.",
         {"Python": f"{_PYTHON}contextvars.html", **_CONTEXT}),
    Term("view", ("View", "MethodView", "as_view", "method_decorator"), "A handler of requests: a function, or a class "
         "with a method for each of HTTP's, of which `as_view` makes a function.", _CLASSES),
    Term("Blueprint", ("Blueprint",), "Flask's set of routes and hooks, written apart and registered with the app.",
         _ROUTES),
    Term("APIRouter", ("APIRouter", "router", "APIRoute"), "FastAPI's set of routes, written apart and included in the "
         "app; its route class can be replaced, as this site does.", _ROUTES),
    Term("route", ("get", "post", "put", "delete", "methods", "add_url_rule", "path", "urlpatterns"), "The line that "
         "leads a method and a path to a handler: a decorator in Flask and FastAPI, an entry of a list in Django.",
         {**_VIEWS, "Django": f"{_DJANGO}topics/http/urls/"}),
    Term("url_for", ("url_for", "url_path_for"), "Builds the path of a route from its name.", _ROUTES),
    Term("Depends", ("Depends",), "Names what FastAPI has to call before a handler, whose result it is handed; one with "
         "a `yield` goes on after it.", {"FastAPI": f"{_FASTAPI}tutorial/dependencies/",
                                         "with yield": f"{_FASTAPI}tutorial/dependencies/dependencies-with-yield/"}),
    Term("Annotated parameter", ("Annotated", "Query", "Path"), "A type with a rule: FastAPI reads a handler's "
         "signature, and judges each parameter before it calls the handler.", _PARAMETERS),
    Term("middleware", ("Middleware", "add_middleware", "get_response", "middleware"), "What is wrapped around every "
         "request: it is called first, calls the rest, and sees the response last.", _HOOKS),
    Term("ASGI", ("ASGIApp", "scope"), "The protocol of servers with an event loop: an app is a "
         "coroutine that is handed what is known of the request, and two more to receive and to send.",
         {"ASGI": "https://asgi.readthedocs.io/en/latest/specs/main.html", **_HOOKS}),
    Term("before_request", ("before_request", "after_request", "teardown_request", "after_this_request"), "Flask's hooks "
         "around a request: before, after in reverse order, and at its end whether it failed or not.", _HOOKS),
    Term("sync_to_async", ("sync_to_async",), "Makes a coroutine of a plain function, by calling it in a thread; "
         "context variables go with it, and what it sets comes back.", _ASYNC),
    Term("async_to_sync", ("async_to_sync",), "Makes a plain function of a coroutine, by running it on an event loop "
         "until it is done: what Flask does with every coroutine view.", _ASYNC),
    Term("run_in_threadpool", ("run_in_threadpool",), "Calls a plain function in one of Starlette's threads, with a "
         "copy of the context, while the event loop goes on.", _THREADS),
    Term("coroutine", ("await",), "A function that hands the thread back at each `await`; who runs it depends on the "
         "framework and the server.", _ASYNC),
    Term("signal", ("Signal", "NamedSignal", "Namespace", "send_async", "asend", "receiver", "connect"), "A list of "
         "functions that are called when something happened, by a sender that does not know them.", _SIGNALS),
    Term("session", ("session",), "What a site remembers of a visitor from one request to the next, found by a cookie.",
         _SESSIONS, unless=("select",)),
    Term("flash", ("flash", "get_flashed_messages", "messages"), "A message that is kept for the visitor's next "
         "request, and then forgotten.", _FLASHES),
    Term("form", ("LoginForm", "RegisterForm", "Form"), "Fields with rules: WTForms beside Flask, a Pydantic model "
         "beside FastAPI, Django's own.", _FORMS),
    Term("CSRF", ("csrf",), "A token in a form that another site's page cannot know, so that it cannot send the form in "
         "a visitor's name.", _CSRF),
    Term("template", ("render_template", "Jinja2Templates", "render_to_string", "html"), "A page with gaps, filled by "
         "Jinja or, in Django, by its own engine.", _TEMPLATES),
    Term("refusal", ("Refused", "HTTPException", "Http404", "abort"), "An exception that the framework turns into an "
         "answer, by the handler that was registered for it.", _ERRORS),
    Term("ORM", ("objects", "select", "select_related", "joinedload", "selectinload", "prefetch_related", "QuerySet"),
         "Rows as objects; what belongs to them is read along by `select_related` or `joinedload`, in the same query.",
         _ORM),
    Term("transaction", ("atomic", "transaction", "begin"), "Statements that take effect together or not at all.",
         _TRANSACTIONS),
)  # fmt: skip
