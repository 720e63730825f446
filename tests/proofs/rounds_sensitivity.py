"""What rounds can tell apart: a lane and a copy of it that burns half as much CPU again, or 15 % more."""

import contextlib
import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from loadtests.measurement.verdict import Verdict
from loadtests.servers import DEFAULT
from loadtests.servers.lanes import UVICORN
from tests.proofs.comparing import Done, compare
from tests.proofs.slowed import LANE, Slowed, burning, times_for
from tests.proofs.writing import judge, table

SLOWED = f"{LANE}-slowed"
APPLICATION = "fastapi_app.asgi:application"
METRICS = ("cpu_us_per_request", "qps")
# By what share of a request the work may differ from what it is meant to be.
TRUE_WITHIN = 0.15
THREE = (LANE, SLOWED, "flask-thread")


def prove(out: Path) -> None:
    """Measure both, and write whether the lanes were told apart."""
    fifteen = times_for(0.15)
    found = [
        _one("default run", (*DEFAULT, SLOWED), (), round(fifteen * 0.5 / 0.15), 0.5),
        _one("three lanes, `hello`", THREE, ("--scenario", "hello"), fifteen, 0.15),
    ]
    head = ("run, metric", "burnt in each request", "slowed ÷ plain", "95 %, all pairs", "verdict", "rounds")
    met = {text: held for _, criteria in found for text, held in criteria.items()}
    lines = table(head, [row for rows, _ in found for row in rows])
    judge(out, "rounds_sensitivity", "A slowed copy among the lanes, by rounds", lines, met)


def _one(
    title: str, lanes: Sequence[str], options: Sequence[str], times: int, share: float
) -> tuple[list[tuple[object, ...]], dict[str, bool]]:
    """Return a row for each metric, and what must hold."""
    with burning(times) as slowed, _lanes_file(slowed) as lanes_file:
        done = compare("--lane", ",".join(lanes), *options, before=("--lanes", lanes_file))
        burnt_us = slowed.burnt_us()
    plain_us = next(
        cell.cpu_us_per_request or math.nan
        for cell in done.summary.cells
        if (cell.lane, cell.scenario) == (LANE, "hello")
    )
    burnt = burnt_us / plain_us
    rows, met = [], {}
    for metric in METRICS:
        verdict = _verdict(done, metric)
        word = "not compared" if verdict is None else verdict.verdict
        met[f"{title}: by {metric} the copy must be called slower: {word}"] = word == "slower"
        shown = ("–", "–", word, 0) if verdict is None else _figures(verdict)
        rows.append((f"{title}, {metric}", f"{burnt_us:.0f} µs of {plain_us:.0f}, {burnt:.0%}", *shown))
    true = f"{title}: the copy must burn {share:.0%} of a request within {TRUE_WITHIN:.0%} of that: {burnt:.1%}"
    return rows, met | {true: abs(burnt / share - 1) <= TRUE_WITHIN}


def _verdict(done: Done, metric: str) -> Verdict | None:
    try:
        return done.verdict(SLOWED, LANE, metric, "hello")
    except LookupError:
        return None


def _figures(found: Verdict) -> tuple[object, ...]:
    interval = "–" if found.low is None or found.high is None else f"{found.low:.3f} to {found.high:.3f}"
    return ("–" if found.ratio is None else f"{found.ratio:.3f}", interval, found.verdict, found.rounds)


@contextlib.contextmanager
def _lanes_file(slowed: Slowed) -> Iterator[Path]:
    """Write the slowed copy as a lane of one's own."""
    words = [*UVICORN, "--app-dir", str(slowed.folder), APPLICATION]
    command = ", ".join(f'"{word}"' for word in words)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lanes.toml"
        path.write_text(
            f'[[lane]]\nname = "{SLOWED}"\napp = "fastapi"\nstyles = ["async"]\nmodel = "coroutine"\n'
            f'server = "uvicorn"\ncommand = [{command}]\n'
        )
        yield path


if __name__ == "__main__":
    prove(Path("docs/proofs"))
