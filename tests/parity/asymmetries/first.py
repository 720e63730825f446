"""Asymmetries of what every site has: routes, hooks, errors, reads."""

from tests.parity.asymmetry import Asymmetry

URLS = "Django lists its URLs in one module, apart from the views"
TOPICS = ("articles.py", "computing.py", "context.py", "errors.py", "hello.py", "signals.py", "status.py", "waiting.py")
SIGNATURES = (
    *("Access", "ArticleId", "Carrier", "Count", "HoldMilliseconds", "How", "Kind", "Limit", "Milliseconds"),
    *("NativeRounds", "PythonRounds", "Receivers", "RequestId", "RULES", "TokenText"),
)

FIRST: tuple[Asymmetry, ...] = (
    Asymmetry("fastapi_app", "wsgi.py", "FastAPI speaks ASGI only", missing=True),
    Asymmetry("django_app", "app.py", URLS),
    *(Asymmetry("django_app", file, URLS, ("routes",)) for file in TOPICS),
    Asymmetry("flask_app", "settings.py", "every framework has settings of its own"),
    Asymmetry("flask_app", "routing.py", "every framework leaves out something else"),
    Asymmetry("fastapi_app", "parameters.py", "FastAPI reads a handler's parameters by its signature", SIGNATURES),
    Asymmetry(
        "fastapi_app", "context.py", "the request has to be handed on, a context variable has not",
        ("addends", "lend_addends"),
    ),
    Asymmetry(
        "django_app", "context.py", "the request has to be handed on, a context variable has not",
        ("addends",),
    ),
    Asymmetry(
        "fastapi_app", "watching.py", "FastAPI has no signals, so the site sends them",
        ("appcontext_pushed", "request_started", "before_render_template", "template_rendered", "message_flashed",
         "got_request_exception", "request_finished", "request_tearing_down", "appcontext_tearing_down",
         "appcontext_popped", "tell"),
    ),
    Asymmetry(
        "fastapi_app", "errors.py", "FastAPI collects what breaks a rule, and answers failures outside all middleware",
        ("METHOD_NOT_ALLOWED", "on_invalid", "Failures", "on_failure"),
    ),
    Asymmetry(
        "django_app", "errors.py", "Django has one handler per status, and finds them by name",
        ("on_http_error", "on_bad_request", "on_not_found", "install"),
    ),
    Asymmetry(
        "fastapi_app", "hooks.py", "middleware wraps a request, so one class is both hooks; Starlette is handed it",
        ("identify", "Identify", "prepare", "Prepare", "label", "install"),
    ),
    Asymmetry(
        "django_app", "hooks.py", "middleware wraps a request, so one class is both hooks; Django has no teardown",
        ("Middleware", "prepare", "Prepare", "tear_down"),
    ),
)  # fmt: skip
