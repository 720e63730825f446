"""Where the three apps are not mirrored, and why: each one is marked `# DIFFERS:` in the code of its app."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asymmetry:
    """One file in which an app has, or lacks, public names that the others lack, or have.

    No names stand for the file as a whole; `missing` says that the app has no such file at all.
    """

    app: str
    file: str
    reason: str
    names: tuple[str, ...] = ()
    missing: bool = False


URLS = "Django lists its URLs in one module, apart from the views"
TOPICS = ("articles.py", "computing.py", "context.py", "errors.py", "hello.py", "signals.py", "status.py", "waiting.py")
SIGNATURES = (
    *("Access", "ArticleId", "Carrier", "Count", "HoldMilliseconds", "How", "Kind", "Limit", "Milliseconds"),
    *("NativeRounds", "PythonRounds", "Receivers", "RequestId", "RULES", "TokenText"),
)

ASYMMETRIES: tuple[Asymmetry, ...] = (
    Asymmetry("fastapi_app", "wsgi.py", "FastAPI speaks ASGI only", missing=True),
    Asymmetry("django_app", "app.py", URLS),
    *(Asymmetry("django_app", file, URLS, ("routes",)) for file in TOPICS),
    Asymmetry("flask_app", "settings.py", "every framework has settings of its own"),
    Asymmetry("flask_app", "routing.py", "every framework leaves out something else"),
    Asymmetry("fastapi_app", "parameters.py", "FastAPI reads a handler's parameters by its signature", SIGNATURES),
    Asymmetry(
        "fastapi_app", "context.py", "the request has to be handed on, a context variable has not",
        ("addends", "token_held", "lend_addends"),
    ),
    Asymmetry(
        "django_app", "context.py", "the request has to be handed on, a context variable has not",
        ("addends", "token_held"),
    ),
    Asymmetry(
        "fastapi_app", "signals.py", "FastAPI has no signals, so the site sends them",
        ("request_started", "request_finished", "request_tearing_down", "got_request_exception"),
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
        ("Middleware", "prepare", "Prepare", "tear_down", "Site"),
    ),
)  # fmt: skip
