"""What rounds can tell: the hidden control of the default run, and of five minutes on three lanes.

Asked for: half-widths of at most 12 % in every scenario of the one and of 4 % in the other, by requests per second and
by CPU per request; no control that disagrees; and that a run of some length measures for four fifths of its time.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.proofs.comparing import Done, compare
from tests.proofs.writing import judge, table

THREE = ("--lane", "flask-thread,fastapi-coroutine,django-thread", "--scenario", "hello")
METRICS = ("qps", "cpu_us_per_request")
RUNS = (("The default run", (), 0.12), ("Three lanes under `hello`", THREE, 0.04))
LEAST_LOADED = 0.8
# Both runs stay here, to be looked at.
KEPT = Path("build/proofs/rounds_control")


def prove(out: Path) -> None:
    """Measure both, and write the controls."""
    head = ("scenario, metric", "ratio", "95 %, all together", "half-width alone", "agrees", "rounds")
    lines: list[str] = []
    met: dict[str, bool] = {}
    for title, options, most in RUNS:
        done = compare(*options, keep=KEPT / title.split()[0].lower())
        met |= _criteria(title, done, most)
        decided = sum(each.verdict != "undecided" for each in done.summary.verdicts)
        valid = sum(cell.valid for cell in done.summary.cells)
        lines += [f"## {title}", "", *table(head, _rows(done)), ""]
        lines += [
            f"- {valid} of {len(done.summary.cells)} cells are valid.",
            f"- {decided} of {len(done.summary.verdicts)} pairs are decided.",
            f"- The exit code was {done.exit_code}.",
            f"- A lane was loaded for {(done.run.load_share or 0):.0%} of the run's time.",
            *(_held_out(done)),
            "",
        ]
    share = done.run.load_share or 0.0
    met[f"a lane must be loaded for {LEAST_LOADED:.0%} of the time of three lanes: {share:.0%}"] = share >= LEAST_LOADED
    judge(out, "rounds_control", "One lane under two names, by rounds", lines, met)


def _criteria(title: str, done: Done, most: float) -> dict[str, bool]:
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
