"""What a stack, a style or a framework cannot do, with the reason: the apps say so, the suite expects it."""

UNAVAILABLE: dict[tuple[str, str, str, str], str] = {
    ("django", "vintage", "async", "signals"): "Django 3.2 has no Signal.asend: it cannot send to coroutine receivers.",
}
"""Why an app answers 501, by app, stack, style and endpoint."""

LOST: dict[str, tuple[str, str]] = {
    "flask": (
        "thread",
        "copy_current_request_context takes the request to the other thread, where it starts with an empty `g`.",
    ),
}
"""Which place of `context/echo` reads null, and why, by app."""
