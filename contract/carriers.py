"""What becomes of per-request state in each carrier: where it is lost, and where requests read each other's; and why.

A state is *lost* where its own request finds nothing, and it *leaks* where another request finds it. The suite looks
for both in every way of serving the apps: for what is said here, and for what is not.
"""

APPS = ("flask", "fastapi", "django")
STYLES = ("sync", "async")

_EMPTY_G = "copy_current_request_context takes the request to the other thread, where it starts with an empty `g`."
_NOT_COPIED = "copy_current_request_context takes the request to the other thread, but no context variable."
_ITS_THREAD = "What belongs to a thread is not there in another one."
_TAGGED = "asgiref's Local is empty in another thread, unless asgiref itself made the change."

LOST: dict[tuple[str, str, str], str] = {
    **{("flask", "framework", style): _EMPTY_G for style in STYLES},
    **{
        ("flask", carrier, style): _NOT_COPIED
        for carrier in ("werkzeug-local", "asgiref-local", "contextvar")
        for style in STYLES
    },
    **{
        (app, carrier, style): _ITS_THREAD
        for app in APPS
        for carrier in ("thread-local", "ident-dict")
        for style in STYLES
    },
    **{("fastapi", "asgiref-local", style): _TAGGED for style in STYLES},
    ("django", "asgiref-local", "sync"): _TAGGED,
}
"""Why the place `thread` of `context/echo` reads null, by app, carrier and style; the other places never do."""

_MODULE = "all requests of a process share a module's attributes, and whoever wrote last is read by all"
_LOOP = "all coroutines of a loop run in one thread, so they share what belongs to the thread"

LEAKS: dict[tuple[str, str, str], str] = {
    **{(app, "global", style): _MODULE for app in APPS for style in STYLES},
    **{(app, carrier, "async"): _LOOP for app in ("fastapi", "django") for carrier in ("thread-local", "ident-dict")},
}
"""Why requests read each other's token, by app, carrier and style, wherever a process works on several at a time."""


def leak(app: str | None, carrier: str, style: str, *, alone: bool | None) -> str | None:
    """Return why a carrier leaks, or None where it must not; `alone`: a process works on one request at a time."""
    return None if alone else LEAKS.get((app or "", carrier, style))
