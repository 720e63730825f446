"""The order in which hooks and signals run: what the journal of a traced request must say, framework by framework.

Every request passes two hooks on its way in, `identify` and then `prepare`, and the same two on its way out, the
other way round. `identify` ends a traced request that says `X-Stop: 1`, so that `prepare` never sees it; `prepare`
leaves the name `curry` in the request context, except where the path contains `home`, and notes on the way out for
whom the request was. An entry is `before HOOK`, `after HOOK`, `view HOOK`, `exception HOOK`, `error STATUS`,
`teardown` or `signal NAME`. Style and stack make no difference.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One request whose journal is known; `path` is under a style."""

    name: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)


CASES = (
    Case("success", "hello", 200),
    Case("nameless", "context/home", 200),
    Case("stopped", "hello", 403, {"X-Stop": "1"}),
    Case("refused", "wait?ms=soon", 422),
    Case("aborted", "fail?kind=abort", 418),
    Case("failing", "fail", 500),
    Case("unknown", "no-such-path", 404),
)

FLASK_IN = ("signal appcontext_pushed", "signal request_started", "before identify")
FLASK_OUT = (
    "after identify",
    "signal request_finished",
    "teardown",
    "signal request_tearing_down",
    "signal appcontext_tearing_down",
    "signal appcontext_popped",
)
FASTAPI_IN = ("signal request_started", "before identify")
FASTAPI_OUT = ("after identify", "signal request_finished", "teardown", "signal request_tearing_down")
DJANGO_IN = ("signal request_started", "before identify")
DJANGO_OUT = ("after identify", "signal request_finished")

CURRY = "after prepare for curry"
NOBODY = "after prepare for nobody"
RAISED = (*DJANGO_IN, "before prepare", "view prepare", "exception prepare")
FAILED = "signal got_request_exception"

# FastAPI has no signals: the site sends Flask's, except those of the app context, which it has not. Django has none for
# contexts and templates; those of the models are sent where models are used.
JOURNALS: dict[tuple[str, str], tuple[str, ...]] = {
    ("flask", "success"): (*FLASK_IN, "before prepare", CURRY, *FLASK_OUT),
    ("flask", "nameless"): (*FLASK_IN, "before prepare", NOBODY, *FLASK_OUT),
    ("flask", "stopped"): (*FLASK_IN, NOBODY, *FLASK_OUT),
    ("flask", "refused"): (*FLASK_IN, "before prepare", "error 422", CURRY, *FLASK_OUT),
    ("flask", "aborted"): (*FLASK_IN, "before prepare", "error 418", CURRY, *FLASK_OUT),
    ("flask", "failing"): (*FLASK_IN, "before prepare", FAILED, "error 500", CURRY, *FLASK_OUT),
    ("flask", "unknown"): (*FLASK_IN, "before prepare", "error 404", CURRY, *FLASK_OUT),
    ("fastapi", "success"): (*FASTAPI_IN, "before prepare", CURRY, *FASTAPI_OUT),
    ("fastapi", "nameless"): (*FASTAPI_IN, "before prepare", NOBODY, *FASTAPI_OUT),
    ("fastapi", "stopped"): (*FASTAPI_IN, *FASTAPI_OUT),
    ("fastapi", "refused"): (*FASTAPI_IN, "before prepare", "error 422", CURRY, *FASTAPI_OUT),
    ("fastapi", "aborted"): (*FASTAPI_IN, "before prepare", "error 418", CURRY, *FASTAPI_OUT),
    ("fastapi", "failing"): (*FASTAPI_IN, "before prepare", FAILED, "error 500", CURRY, *FASTAPI_OUT),
    ("fastapi", "unknown"): (*FASTAPI_IN, "before prepare", "error 404", CURRY, *FASTAPI_OUT),
    ("django", "success"): (*DJANGO_IN, "before prepare", "view prepare", CURRY, *DJANGO_OUT),
    ("django", "nameless"): (*DJANGO_IN, "before prepare", "view prepare", NOBODY, *DJANGO_OUT),
    ("django", "stopped"): (*DJANGO_IN, *DJANGO_OUT),
    ("django", "refused"): (*RAISED, "error 422", CURRY, *DJANGO_OUT),
    ("django", "aborted"): (*RAISED, "error 418", CURRY, *DJANGO_OUT),
    ("django", "failing"): (*RAISED, FAILED, "error 500", CURRY, *DJANGO_OUT),
    ("django", "unknown"): (*DJANGO_IN, "before prepare", "error 404", CURRY, *DJANGO_OUT),
}
"""What the journal must say, by app and case; it is complete only a moment after the response has arrived."""

REASONS = {
    "flask": "Flask runs the hooks for an unknown path too, and those after a request even where one stopped it.",
    "fastapi": "A site writes its hooks as pure ASGI middleware; what was not reached is not left either.",
    "django": "Middleware that was not reached is not left either; Django has no teardown but its last signal.",
}
"""Why the orders differ, by app: a journal that is not the right one is shown with it."""
