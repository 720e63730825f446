"""Hooks that keep others waiting: one that is only a plain function under ASGI, and one that waits without awaiting."""

import dataclasses
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from loadtests.measurement.result import Cell, Summary
from loadtests.report.numbers import number
from loadtests.servers import LANES, Lane
from tests.proofs.comparing import Done, compare
from tests.proofs.dueting import Played, duet
from tests.proofs.naively.checkout import Piece, checkout
from tests.proofs.writing import table

_CLASS = "class Identify(Middleware):\n"
PLAIN = (Piece("django_app/hooks.py", _CLASS, f"{_CLASS}    async_capable = False\n"),)
DUET = ("django-coroutine", "--scenario", "hello")
# What other programs have spoilt has no figures, and is played again.
TRIES = 3

WAIT_MS = 5
USERS = 64
AWAITED, PLAINLY = f"await asyncio.sleep({WAIT_MS / 1000})", f"time.sleep({WAIT_MS / 1000})"
AWAITING, SLEEPING, IN_THREADS = "fastapi-coroutine-awaiting", "fastapi-coroutine-sleeping", "flask-thread-sleeping"
COMPARED = ("--scenario", "hello", "--users", str(USERS), "--rounds", "12", "--seconds", "1", "--no-control")
# How a server is told to look for the app in another folder first.
_FOLDERS = {"uvicorn": "--app-dir", "gunicorn": "--chdir"}
_HEAD = ("lane", "requests/s", "p50 ms", "p99 ms", "CPU µs")


def waiting(file: str, wait: str) -> tuple[Piece, ...]:
    """Return what makes the hook `prepare` wait, as it would for a row or a service, before it does anything."""
    first = "from backing import journal\n"
    return (
        Piece(file, first, f"import asyncio\nimport time\n\n{first}"),
        Piece(file, 'record("before prepare")', f'{wait}; record("before prepare")'),
    )


WAITING: Mapping[str, tuple[str, tuple[Piece, ...]]] = {
    AWAITING: ("fastapi-coroutine", waiting("fastapi_app/hooks.py", AWAITED)),
    SLEEPING: ("fastapi-coroutine", waiting("fastapi_app/hooks.py", PLAINLY)),
    IN_THREADS: ("flask-thread", waiting("flask_app/hooks.py", PLAINLY)),
}


def play() -> Played:
    """Duet the site with its copy whose first middleware is only a plain function."""
    with checkout("plain", PLAIN) as folder:
        for _ in range(TRIES - 1):
            with suppress(AssertionError):
                return duet(*DUET, "--checkout-b", folder)
        return duet(*DUET, "--checkout-b", folder)


def wait() -> Done:
    """Compare lanes of copies whose hook waits."""
    with ExitStack() as held, tempfile.TemporaryDirectory() as parent:
        lanes = [
            lane(name, like, held.enter_context(checkout(name, pieces))) for name, (like, pieces) in WAITING.items()
        ]
        file = Path(parent) / "lanes.toml"
        file.write_text(toml(lanes))
        for _ in range(TRIES):
            done = compare("--lane", ",".join(WAITING), *COMPARED, before=("--lanes", file))
            if all(cell.valid for cell in done.summary.cells):
                break
        return done


def lane(name: str, like: str, folder: Path) -> Lane:
    """Return a lane like another one whose app is that of a checkout."""
    row = LANES[like]
    *words, app = row.command
    return dataclasses.replace(row, name=name, command=(*words, _FOLDERS[words[1]], str(folder), app))


def toml(lanes: Sequence[Lane]) -> str:
    """Return lanes as a file of one's own lanes has them."""
    fields = [{name: value for name, value in dataclasses.asdict(each).items() if value is not None} for each in lanes]
    # What JSON says of texts, numbers and lists, TOML says as well.
    rows = ([f"{name} = {json.dumps(value)}" for name, value in row.items()] for row in fields)
    return "\n".join(line for row in rows for line in ("[[lane]]", *row, ""))


def lines(played: Played, done: Done) -> Iterator[str]:
    """Yield a section for each of the two."""
    yield from ("## Hooks: only a plain function under ASGI", "")
    yield f"`trilane duet {' '.join(DUET)} --checkout-b plain`: in the copy `plain` the first middleware, `Identify`,"
    yield "says `async_capable = False`. Both sides share one core, so times are those of half a core."
    yield from ("", *_table(played.summary), "")
    yield from ("## Hooks: a wait before every request", "")
    yield f"`trilane --lanes FILE compare {' '.join(COMPARED)}` of the three lanes: before each request the hook"
    yield f"`prepare` waits {WAIT_MS} ms, by `{AWAITED}` or by `{PLAINLY}`. {USERS} users ask for `hello`."
    yield from ("", *_table(done.summary), "")


def _table(summary: Summary) -> Iterator[str]:
    yield from table(_HEAD, [_row(cell) for cell in summary.cells])
    yield ""
    yield from (f"- {sentence}" for sentence in summary.sentences)


def _row(cell: Cell) -> tuple[str, ...]:
    figures = (cell.qps, cell.rt_ms.p50, cell.rt_ms.p99, cell.cpu_us_per_request)
    return (cell.name, *(number(figure) for figure in figures))


def criteria(played: Played, done: Done) -> dict[str, bool]:
    """Return what has to be seen of both."""
    most = 1000 / WAIT_MS
    sleeping = next(cell.qps or 0.0 for cell in done.summary.cells if cell.name == SLEEPING)
    return {
        "the middleware that is both costs surely less CPU than the one that is only a plain function": (
            played.verdict().verdict == "faster"
        ),
        f"a coroutine app whose hook sleeps {WAIT_MS} ms serves {most:g} requests per second at most: "
        f"{number(sleeping)}": 0 < sleeping <= most,
        "the hook that awaits surely serves more": _surely_more(done, AWAITING),
        "so do threads whose hook sleeps": _surely_more(done, IN_THREADS),
    }


def _surely_more(done: Done, name: str) -> bool:
    try:
        return done.verdict(name, SLEEPING, "qps", "hello").verdict == "faster"
    except LookupError:
        return False
