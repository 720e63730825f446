"""What somebody needs to judge a run, or to do it again: machine, versions, commit, seed and command."""

import shlex
from collections.abc import Iterator, Mapping

from markupsafe import Markup

from loadtests.measurement.about import Run, Source
from loadtests.measurement.result import Summary
from loadtests.report.numbers import share
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES

_LETTERS = 12
_GIB = 2**30
NAMED = ("Python", "Flask", "fastapi", "Django", "gunicorn", "uvicorn", "gevent", "SQLAlchemy")


def facts(run: Run, summary: Summary) -> list[tuple[str, str | Markup]]:
    """Return terms and what is to be said of each."""
    return [
        ("Command", _code(shlex.join(run.command))),
        *_environment(run),
        ("Commit", committed(run.source)),
        *_other_side(run),
        ("Seed", str(run.wish.seed)),
        ("Times", _times(run)),
        *_machine(run),
        ("Cores", _cores(run, summary)),
        ("Stack", f"{run.wish.stack}: {_versions(run.stack_versions)}"),
        ("Database", f"{run.wish.database}; sessions in {run.wish.session_store}"),
    ]


def unequal(summary: Summary) -> dict[str, list[str]]:
    """Return what could not be made equal to the other lanes, with the lanes of the run of which it holds."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(cell.lane for cell in summary.cells):
        if name in LANES and LANES[name].note:
            found.setdefault(LANES[name].note, []).append(name)
    return found


def committed(source: Source) -> str:
    """Return which state of the files was run."""
    if source.commit is None:
        return "no commit: it was not run from a repository"
    if source.dirty is None:
        return f"{source.commit}; whether files differed from it is not known"
    return f"{source.commit}, {'with changes that no commit holds' if source.dirty else 'without changes'}"


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def _environment(run: Run) -> Iterator[tuple[str, Markup]]:
    if run.environment:
        yield "Environment", _code(as_typed(run.environment))


def as_typed(environment: Mapping[str, str]) -> str:
    """Return variables as they stand before a command."""
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in sorted(environment.items()))


def _other_side(run: Run) -> Iterator[tuple[str, str]]:
    source: Source | None = getattr(run, "source_b", None)
    if source is not None:
        yield "Commit of side b", committed(source)


def _times(run: Run) -> str:
    resumed = "".join(f", resumed {time}" for time in run.resumed_at)
    finished = f", finished {run.finished_at}" if run.finished_at else ", not finished"
    loaded = "" if run.load_share is None else f"; {share(run.load_share)} of its time under load"
    return f"started {run.started_at}{resumed}{finished}{loaded}"


def _machine(run: Run) -> Iterator[tuple[str, str]]:
    if run.machine is not None:
        of = run.machine.machine
        memory = f"{of.memory_bytes / _GIB:.1f} GiB"
        yield "Machine", f"{of.cpu}, {len(of.cores)} cores, {memory}; {of.system} {of.kernel}; {of.virtualisation}"


def _cores(run: Run, summary: Summary) -> str:
    names = dict.fromkeys(cell.scenario for cell in summary.cells)
    everywhere = [name for name in names if SCENARIOS[name].all_cores and not run.cores.shared]
    under = f" (under {', '.join(everywhere)} on every core)" if everywhere else ""
    servers, others = (", ".join(map(str, sorted(each))) for each in (run.cores.servers, run.cores.others))
    return f"servers on core {servers}{under}, everything else on {others}"


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {versions[name]}" for name in NAMED if name in versions) or "versions not known"
