"""What rounds can tell: the hidden control of the default run, and of five minutes on three lanes.

Asked for: half-widths of at most 12 % in every scenario of the one and of 4 % in the other, by requests per second and
by CPU per request; no control that disagrees; five minutes at most; and that a run loads for four fifths of its time
where it is not mostly start and warm-up: of three lanes it is measured, of the hour with all lanes computed.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec

from loadtests.experiments.cost import Cost, cost
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.record import Record
from loadtests.measurement.subject import subjects
from loadtests.measurement.wish import FULL, wish
from tests.proofs.comparing import Done, compare
from tests.proofs.writing import judge, table

THREE = ("--lane", "flask-thread,fastapi-coroutine,django-thread", "--scenario", "hello")
METRICS = ("qps", "cpu_us_per_request")
MOST_S = 300
LEAST_LOADED = 0.8
# Both runs stay here, to be looked at.
KEPT = Path("build/proofs/rounds_control")


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and what is asked of it: half-widths of `most`, and that lanes are loaded for `loaded` of its time."""

    title: str
    options: tuple[str, ...] = ()
    most: float
    loaded: float | None = None


RUNS = (
    # Ten lanes have to be started, and warmed up for four kinds of work, however short the run is: no share is asked.
    Way(title="The default run", most=0.12),
    Way(title="Three lanes under `hello`", options=THREE, most=0.04, loaded=LEAST_LOADED),
)


def prove(out: Path) -> None:
    """Measure both, and write the controls."""
    head = ("scenario, metric", "ratio", "95 %, all together", "half-width alone", "agrees", "rounds")
    lines: list[str] = []
    met: dict[str, bool] = {}
    for way in RUNS:
        done = compare(*way.options, keep=KEPT / way.title.split()[0].lower())
        met |= _criteria(way, done)
        decided = sum(each.verdict != "undecided" for each in done.summary.verdicts)
        valid = sum(cell.valid for cell in done.summary.cells)
        lines += [f"## {way.title}", "", *table(head, _rows(done)), ""]
        lines += [
            f"- {valid} of {len(done.summary.cells)} cells are valid.",
            f"- {decided} of {len(done.summary.verdicts)} pairs are decided.",
            f"- The exit code was {done.exit_code}. The command took {done.took_s:.0f} s.",
            *_loaded(done),
            *_held_out(done),
            "",
        ]
    judge(out, "rounds_control", "One lane under two names, by rounds", [*lines, *_full()], met)


def _full() -> Iterator[str]:
    found = _cost_of_full()
    yield "## The hour with all lanes"
    yield ""
    yield (
        f"Computed from its plan, not measured: `trilane compare --preset full` has {found.cells} cells and takes "
        f"{found.expected_s / 60:.0f} minutes, and for {found.load_share:.0%} of them a lane is loaded."
    )


def _cost_of_full() -> Cost:
    asked = wish(preset=FULL)
    cells = subjects(asked, share_out(asked.server_cores, available()))
    return cost(cells, seconds=asked.seconds, budget_s=asked.budget_s)


def _loaded(done: Done) -> Iterator[str]:
    """Say for how long a lane was loaded, and what the rest of the time went to."""
    rounds = [record for record in done.records if record.round]
    if done.run.load_share is None or done.run.finished_at is None or not rounds:
        yield "- The run did not end by itself, so nothing is known of the time in which a lane was loaded."
        return
    whole_s = _moment_s(done.run.finished_at) - _moment_s(done.run.started_at)
    before_s = _moment_s(rounds[0].started_at) - _moment_s(done.run.started_at)
    slices_s = sum(map(_length_s, rounds))
    void_s = sum(_length_s(record) for record in rounds if record.void is not None)
    yield (
        f"- A lane was loaded for {done.run.load_share:.0%} of the {whole_s:.0f} s until the report, in slices that "
        f"count, settling and draining included. {before_s:.0f} s went by before the first round, to start "
        f"{len(done.run.wish.lanes) + done.run.wish.control} servers and to warm up their cells, "
        f"{whole_s - before_s - slices_s:.0f} s between {len(rounds)} slices, and {void_s:.0f} s in slices that count "
        f"for nothing, as a rule because they were measured again."
    )


def _moment_s(told: str) -> float:
    return dt.datetime.fromisoformat(told).timestamp()


def _length_s(record: Record) -> float:
    return 0.0 if record.client is None else (record.client.ended_ns - record.client.started_ns) / 1e9


def _criteria(way: Way, done: Done) -> dict[str, bool]:
    title, most = way.title, way.most
    found = {}
    for group in done.groups:
        for metric in METRICS:
            control = done.control(metric, group.scenario)
            half = None if control is None else control.half_width
            told = "not known" if half is None else f"{half:.1%}"
            name = f"{title}, {group}, {metric}: the half-width may be {most:.0%} at most: it is {told}"
            found[name] = half is not None and half <= most
    disagreeing = [f"{each.scenario} {each.metric}" for each in done.summary.controls if each.agrees is False]
    found[f"{title}: no control may disagree: {', '.join(disagreeing) or 'none does'}"] = not disagreeing
    found[f"{title}: the command may take {MOST_S} s: it took {done.took_s:.0f} s"] = done.took_s <= MOST_S
    if way.loaded is not None:
        share = done.run.load_share or 0.0
        found[f"{title}: a lane must be loaded for {way.loaded:.0%} of the time: {share:.0%}"] = share >= way.loaded
    return found


def _held_out(done: Done) -> Iterator[str]:
    for each in done.summary.evenness:
        slopes = ", ".join(f"{name} {slope:+.2f}" for name, slope in each.slopes.items())
        yield (
            f"- {each.scenario}, {each.metric}: spread of a slice {each.before:.1%}, with the pace held out "
            f"{each.after:.1%} (slopes: {slopes})."
        )


def _rows(done: Done) -> Iterator[tuple[object, ...]]:
    for each in done.summary.controls:
        interval = "–" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
        half = "–" if each.half_width is None else f"{each.half_width:.1%}"
        ratio = "–" if each.ratio is None else f"{each.ratio:.3f}"
        agrees = {None: "–", True: "yes", False: "no"}[each.agrees]
        yield (f"{each.scenario}, {each.metric} ({each.lane})", ratio, interval, half, agrees, each.rounds)


if __name__ == "__main__":
    prove(Path("docs/proofs"))
