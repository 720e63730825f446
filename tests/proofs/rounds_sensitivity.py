"""What rounds can tell apart: a lane and a copy of it that burns half as much CPU again, or 15 % more."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from loadtests.servers import DEFAULT
from loadtests.servers.lanes import GUNICORN, THREADS
from tests.proofs.comparing import Done, compare
from tests.proofs.slowed import LANE, Slowed, burning, times_for
from tests.proofs.writing import table, write

SLOWED = "flask-thread-slowed"
METRICS = ("cpu_us_per_request", "qps")
THREE = (LANE, SLOWED, "fastapi-coroutine")


def prove(out: Path) -> None:
    """Measure both, and write whether the lanes were told apart."""
    fifteen = times_for(0.15)
    rows = [
        *_one("default run", (*DEFAULT, SLOWED), (), round(fifteen * 0.5 / 0.15)),
        *_one("three lanes, `hello`", THREE, ("--scenario", "hello"), fifteen),
    ]
    head = ("run", "metric", "burnt in each request", "slowed ÷ plain", "95 %, all pairs", "verdict", "rounds")
    write(out, "rounds_sensitivity", "A slowed copy among the lanes, by rounds", table(head, rows))
    if missed := [row for row in rows if row[-2] != "slower"]:
        raise AssertionError(f"the slowed copy was not told apart: {missed}")


def _one(title: str, lanes: Sequence[str], options: Sequence[str], times: int) -> Iterator[tuple[object, ...]]:
    with burning(times) as slowed, _lanes_file(slowed) as lanes_file:
        done = compare("--lane", ",".join(lanes), *options, before=("--lanes", lanes_file))
        burnt_us = slowed.burnt_us()
    plain_us = next(
        cell.cpu_us_per_request or 0.0 for cell in done.summary.cells if (cell.lane, cell.scenario) == (LANE, "hello")
    )
    burnt = f"{burnt_us:.0f} µs of {plain_us:.0f}, {burnt_us / plain_us:.0%}"
    for metric in METRICS:
        yield (title, metric, burnt, *_figures(done, metric))


def _figures(done: Done, metric: str) -> tuple[object, ...]:
    found = done.verdict(SLOWED, LANE, metric, "hello")
    return (f"{found.ratio:.3f}", f"{found.low:.3f} to {found.high:.3f}", found.verdict, found.rounds)


@contextlib.contextmanager
def _lanes_file(slowed: Slowed) -> Iterator[Path]:
    """Write the slowed copy as a lane of one's own."""
    words = [*GUNICORN, "--worker-class", "gthread", "--threads", "{threads}", "--chdir", str(slowed.folder)]
    command = ", ".join(f'"{word}"' for word in [*words, "flask_app.wsgi:application"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lanes.toml"
        path.write_text(
            f'[[lane]]\nname = "{SLOWED}"\napp = "flask"\nstyles = ["sync"]\nmodel = "thread"\n'
            f'server = "gunicorn gthread"\nthreads = {THREADS}\ncommand = [{command}]\n'
        )
        yield path


if __name__ == "__main__":
    prove(Path("docs/proofs"))
