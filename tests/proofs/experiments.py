"""What the experiments answer on one machine: each as a person runs it, with its tables and sentences."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loadtests.report.numbers import number
from loadtests.servers.stacks import ROOT
from tests.proofs.writing import judge, table

_POOL = ("pool", "--users", "64,512,5000", "--rounds", "1", "--lane")
EACH: tuple[tuple[str, ...], ...] = (
    (*_POOL, "flask-thread,flask-greenlet,fastapi-coroutine"),
    (*_POOL, "flask-thread,fastapi-coroutine", "--database", "mariadb"),
    ("context",),
    ("signals",),
    ("upstream", "--users", "16"),
    ("writes",),
    ("page",),
)
_HEAD = ("cell", "users", "requests/s", "p50 ms", "p99 ms", "CPU µs", "valid")


@dataclass(frozen=True)
class Ran:
    """One experiment: what was typed after `trilane run`, its run.json and its summary.json."""

    words: tuple[str, ...]
    about: Mapping[str, Any]
    summary: Mapping[str, Any]


def prove(out: Path) -> None:
    """Run all of them, which takes an hour, and write down what they say."""
    with TemporaryDirectory() as folder:
        write_down([_run(words, Path(folder) / f"{number}") for number, words in enumerate(EACH)], out)


def _run(words: tuple[str, ...], folder: Path) -> Ran:
    subprocess.run([sys.executable, "-m", "loadtests", "run", *words, "--out", folder], cwd=ROOT, check=True)
    return ran(words, folder)


def ran(words: tuple[str, ...], folder: Path) -> Ran:
    """Return what a run left in its folder."""
    about, summary = (json.loads((folder / name).read_text()) for name in ("run.json", "summary.json"))
    return Ran(words, about, summary)


def write_down(runs: Sequence[Ran], out: Path) -> None:
    """Write what was found; raise where an experiment did not end or says nothing."""
    judge(out, "experiments", "What the experiments answer", _lines(runs), _criteria(runs))


def _criteria(runs: Sequence[Ran]) -> dict[str, bool]:
    names = ", ".join(sorted({run.words[0] for run in runs}))
    return {
        f"each ran to its end and answers in sentences: {names}": all(
            run.summary["sentences"] and not run.summary["partial"] for run in runs
        ),
    }


def _lines(runs: Sequence[Ran]) -> Iterator[str]:
    yield "Cells that are not valid show the reason in place of their figures; what was counted in them holds."
    yield "With one round nothing is compared: such a run is for its counts."
    for run in runs:
        yield from ("", f"## {run.words[0]}{', on MariaDB' if 'mariadb' in run.words else ''}", "")
        began, commit = run.about["started_at"][:16].replace("T", " "), run.about["source"]["commit"]
        yield f"`trilane run {' '.join(run.words)}`, begun {began} UTC, commit {(commit or 'unknown')[:12]}."
        yield ""
        yield from table(_HEAD, map(_row, run.summary["cells"]))
        for grid in run.summary["grids"]:
            yield from (
                "",
                f"{grid['title'][0].upper()}{grid['title'][1:]}:",
                "",
                *table(grid["columns"], grid["rows"]),
            )
        yield ""
        yield from (f"- {sentence}" for sentence in run.summary["sentences"])


def _row(cell: Mapping[str, Any]) -> list[str]:
    load = f"{cell['users']:,}"
    if not cell["valid"]:
        return [cell["name"], load, "–", "–", "–", "–", cell["reasons"][0]["reason"]]
    figures = (cell["qps"], cell["rt_ms"]["p50"], cell["rt_ms"]["p99"], cell["cpu_us_per_request"])
    return [cell["name"], load, *(number(figure) for figure in figures), "yes"]
