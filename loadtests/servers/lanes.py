"""The lanes, one row each: one app under one server command in one style.

Equal for all: access logs off, keep-alive wherever the server has it with one long idle limit, a backlog and a
connection cap above the users that can be asked for, 32 threads where there are threads, uvloop and httptools under
uvicorn, request lines as long as gunicorn takes at most. What cannot be equal is written in the lane's `note`.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from backing.problem import Problem

THREADS = 32
KEEP_ALIVE_S = 600
CONNECTIONS = 16_384

GUNICORN = (
    "-m", "gunicorn", "--bind", "{address}", "--workers", "{workers}", "--keep-alive", str(KEEP_ALIVE_S),
    "--worker-connections", str(CONNECTIONS), "--backlog", "8192", "--timeout", "120", "--graceful-timeout", "5",
    "--log-level", "warning", "--no-control-socket", "--limit-request-line", "8190",
)  # fmt: skip
UVICORN = (
    "-m", "uvicorn", "--host", "{host}", "--port", "{port}", "--workers", "{workers}", "--loop", "uvloop",
    "--http", "httptools", "--lifespan", "on", "--timeout-keep-alive", str(KEEP_ALIVE_S), "--backlog", "8192",
    "--timeout-graceful-shutdown", "5", "--no-access-log", "--log-level", "warning", "--no-server-header",
)  # fmt: skip
PROCESS = (*GUNICORN, "--worker-class", "sync")
THREAD = (*GUNICORN, "--worker-class", "gthread", "--threads", "{threads}")
GREENLET = (*GUNICORN, "--worker-class", "gevent")


@dataclass(frozen=True)
class Lane:
    """One row: `command` follows the stack's interpreter; `styles[0]` is the style that `compare` loads.

    `workers` is 1, or None for one per server core and at least two. In `command`, `{host}`, `{port}`,
    `{address}` (both, as they stand in a URL), `{workers}` and `{threads}` are filled in.
    """

    name: str
    app: str
    styles: tuple[str, ...]
    model: str
    server: str
    command: tuple[str, ...]
    workers: int | None = 1
    threads: int = 1
    note: str = ""


NO_KEEP_ALIVE = "gunicorn's sync worker closes the connection after each response: every request opens one"
LOOP_PER_REQUEST = (
    "each request has, besides its thread of the 32, a new thread with an event loop for the coroutine view"
)
BY_A2WSGI = (
    "asgiref's adapter failed close to half of the requests at 32 connections, a2wsgi none: see test_adapter_choice"
)
SIGNAL_THREADS = (
    "each request hops to a thread twice, for what Django does at its begin and end, and starts two threads for that"
)
THREAD_PER_REQUEST = (
    "each plain view has a thread of its own; Django 3.2 runs all of them in one thread, one after another"
)

TABLE: tuple[Lane, ...] = (
    Lane(
        "flask-process", "flask", ("sync",), "process", "gunicorn sync", (*PROCESS, "flask_app.wsgi:application"),
        workers=None, note=NO_KEEP_ALIVE,
    ),
    Lane(
        "flask-thread", "flask", ("sync",), "thread", "gunicorn gthread", (*THREAD, "flask_app.wsgi:application"),
        threads=THREADS,
    ),
    Lane(
        "flask-greenlet", "flask", ("sync",), "greenlet", "gunicorn gevent", (*GREENLET, "flask_app.wsgi:application"),
    ),
    Lane(
        "flask-async-view", "flask", ("async",), "coroutine", "gunicorn gthread",
        (*THREAD, "flask_app.wsgi:application"), threads=THREADS, note=LOOP_PER_REQUEST,
    ),
    Lane(
        "flask-asgi", "flask", ("sync", "async"), "thread", "uvicorn + a2wsgi",
        (*UVICORN, "flask_app.asgi:application"),
        threads=THREADS, note=BY_A2WSGI,
    ),
    Lane(
        "fastapi-coroutine", "fastapi", ("async",), "coroutine", "uvicorn", (*UVICORN, "fastapi_app.asgi:application"),
    ),
    Lane(
        "fastapi-thread", "fastapi", ("sync",), "thread", "uvicorn", (*UVICORN, "fastapi_app.asgi:application"),
        threads=THREADS,
    ),
    Lane(
        "fastapi-process", "fastapi", ("async",), "process", "uvicorn", (*UVICORN, "fastapi_app.asgi:application"),
        workers=None,
    ),
    Lane(
        "django-process", "django", ("sync",), "process", "gunicorn sync", (*PROCESS, "django_app.wsgi:application"),
        workers=None, note=NO_KEEP_ALIVE,
    ),
    Lane(
        "django-thread", "django", ("sync",), "thread", "gunicorn gthread", (*THREAD, "django_app.wsgi:application"),
        threads=THREADS,
    ),
    Lane(
        "django-greenlet", "django", ("sync",), "greenlet", "gunicorn gevent",
        (*GREENLET, "django_app.wsgi:application"),
    ),
    Lane(
        "django-coroutine", "django", ("async",), "coroutine", "uvicorn", (*UVICORN, "django_app.asgi:application"),
        note=SIGNAL_THREADS,
    ),
    Lane(
        "django-asgi-sync", "django", ("sync",), "thread", "uvicorn", (*UVICORN, "django_app.asgi:application"),
        note=THREAD_PER_REQUEST,
    ),
)  # fmt: skip

LANES = {lane.name: lane for lane in TABLE}


def find(name: str) -> Lane:
    """Return the lane; raise a problem that names the likely one when there is none."""
    if name in LANES:
        return LANES[name]
    likely = get_close_matches(name, LANES, n=1)
    hint = f"did you mean {likely[0]}? " if likely else ""
    raise Problem(f"unknown lane {name!r}: {hint}`trilane lanes` lists them all")


DEFAULT = (
    "flask-process", "flask-thread", "flask-greenlet", "flask-async-view",
    "fastapi-process", "fastapi-thread", "fastapi-coroutine",
    "django-process", "django-thread", "django-coroutine",
)  # fmt: skip
