"""The order in which hooks and signals run: what the journal of a traced request must say, framework by framework.

Every request passes two hooks on its way in, `identify` and then `prepare`, and the same two on its way out, the
other way round. `identify` ends a traced request that says `X-Stop: 1`, so that `prepare` never sees it; `prepare`
leaves the name `curry` in the request context, except where the path contains `home`, and notes on the way out for
whom the request was. `guard` is met by requests of the second site alone. An entry is `before HOOK`, `after HOOK`,
`view HOOK`, `exception HOOK`, `error STATUS`, `teardown` or `signal NAME`. Style and stack make no difference.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One request whose journal is known; `path` is under a style unless it begins with a slash."""

    name: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)

    def url(self, style: str) -> str:
        """Return the whole path."""
        return self.path if self.path.startswith("/") else f"/{style}/{self.path}"


CASES = (
    Case("success", "hello", 200),
    Case("nameless", "context/home", 200),
    Case("stopped", "hello", 403, {"X-Stop": "1"}),
    Case("refused", "wait?ms=soon", 422),
    Case("aborted", "fail?kind=abort", 418),
    Case("failing", "fail", 500),
    Case("unknown", "no-such-path", 404),
    Case("another method", "articles/1/like", 405),
    Case("rendered", "pages/articles?limit=1", 200),
    Case("guarded", "/admin", 403),
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
DJANGO_IN = ("signal request_started", "before identify")
DJANGO_OUT = ("after identify", "signal request_finished")

CURRY = "after prepare for curry"
NOBODY = "after prepare for nobody"
FAILED = "signal got_request_exception"
RENDERED = ("signal before_render_template", "signal template_rendered")
RAISED = (*DJANGO_IN, "before prepare", "view prepare", "exception prepare")
# Django's ORM tells of each object that it makes, be it of a row that is read or of one that is to be written.
MADE = ("signal pre_init", "signal post_init")


def _in_flask(*inside: str) -> tuple[str, ...]:
    return (*FLASK_IN, "before prepare", *inside, CURRY, *FLASK_OUT)


def _in_django(*inside: str) -> tuple[str, ...]:
    return (*DJANGO_IN, "before prepare", "view prepare", *inside, CURRY, *DJANGO_OUT)


_FLASK: dict[str, tuple[str, ...]] = {
    "success": _in_flask(),
    "nameless": (*FLASK_IN, "before prepare", NOBODY, *FLASK_OUT),
    "stopped": (*FLASK_IN, NOBODY, *FLASK_OUT),
    "refused": _in_flask("error 422"),
    "aborted": _in_flask("error 418"),
    "failing": _in_flask(FAILED, "error 500"),
    "unknown": _in_flask("error 404"),
    "another method": _in_flask("error 405"),
    "rendered": _in_flask(*RENDERED),
    "guarded": _in_flask("before guard", "error 403"),
    "passed": _in_flask("before guard", *RENDERED),
    "login": _in_flask("signal session_set for administrator"),
    "flashed": _in_flask("signal message_flashed"),
    "read": _in_flask(),
    "created": _in_flask("signal before_insert", "signal after_insert"),
    "tagged": _in_flask("signal append"),
    "untagged": _in_flask("signal remove"),
    "deleted": _in_flask("signal before_delete", "signal after_delete"),
}

JOURNALS: dict[tuple[str, str], tuple[str, ...]] = {
    **{("flask", case): journal for case, journal in _FLASK.items()},
    **{("fastapi", case): journal for case, journal in _FLASK.items()},
    ("fastapi", "stopped"): (*FLASK_IN, *FLASK_OUT),
    ("django", "success"): _in_django(),
    ("django", "nameless"): (*DJANGO_IN, "before prepare", "view prepare", NOBODY, *DJANGO_OUT),
    ("django", "stopped"): (*DJANGO_IN, *DJANGO_OUT),
    ("django", "refused"): (*RAISED, "error 422", CURRY, *DJANGO_OUT),
    ("django", "aborted"): (*RAISED, "error 418", CURRY, *DJANGO_OUT),
    ("django", "failing"): (*RAISED, FAILED, "error 500", CURRY, *DJANGO_OUT),
    ("django", "unknown"): (*DJANGO_IN, "before prepare", "error 404", CURRY, *DJANGO_OUT),
    ("django", "another method"): _in_django("error 405"),
    ("django", "rendered"): _in_django(*RENDERED),
    ("django", "guarded"): _in_django("before guard", "error 403"),
    ("django", "passed"): _in_django("before guard", *RENDERED),
    ("django", "login"): _in_django("signal session_set for administrator"),
    ("django", "flashed"): _in_django(),
    ("django", "read"): _in_django(*MADE, *MADE),
    ("django", "created"): _in_django(*MADE, "signal pre_save", "signal post_save"),
    ("django", "tagged"): _in_django(*MADE, *MADE, "signal m2m_changed", *MADE, "signal m2m_changed"),
    ("django", "untagged"): _in_django(*MADE, "signal m2m_changed", *MADE, "signal m2m_changed"),
    ("django", "deleted"): _in_django(*MADE, "signal pre_delete", "signal post_delete"),
}
"""What the journal must say, by app and case; it is complete only a moment after the response has arrived."""

ANYWHERE = "signal connection_created"
"""What may stand in a journal once, wherever the request had to open a connection."""

REASONS = {
    "flask": (
        "Flask runs the hooks for an unknown path too, and those after a request even where one stopped it. Of rows "
        "SQLAlchemy tells, under names of its own."
    ),
    "fastapi": (
        "FastAPI has no signals, so the site sends Flask's; its hooks are ASGI middleware, and what was not reached is "
        "not left either. Of rows SQLAlchemy tells, under names of its own."
    ),
    "django": (
        "Middleware that was not reached is not left either; Django has no teardown but its last signal, none for "
        "contexts, templates and flashed messages (the site sends those of templates itself), and many for models."
    ),
}
"""Why the orders differ, by app: a journal that is not the right one is shown with it."""
