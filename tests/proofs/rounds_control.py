"""What rounds can tell: the hidden control of the default run, and of five minutes on three lanes.

Asked for: half-widths of requests per second of at most 12 % in every scenario of the one, and 4 % in the other.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.proofs.comparing import Done, compare
from tests.proofs.writing import table, write

THREE = ("--lane", "flask-thread,fastapi-coroutine,django-thread", "--scenario", "hello")
METRICS = ("qps", "cpu_us_per_request", "p99_ms")


def prove(out: Path) -> None:
    """Measure both, and write the controls."""
    head = ("scenario, metric", "ratio", "95 %, all together", "half-width alone", "agrees", "rounds")
    lines = []
    wide: list[str] = []
    for title, options, most in (("The default run", (), 0.12), ("Three lanes under `hello`", THREE, 0.04)):
        done = compare(*options)
        wide += [f"{title}, {group}" for group in done.groups if not _sharp(done, group.scenario, most)]
        decided = sum(each.verdict != "undecided" for each in done.summary.verdicts)
        valid = sum(cell.valid for cell in done.summary.cells)
        lines += [f"## {title}", "", *table(head, _rows(done)), ""]
        lines.append(f"{valid} of {len(done.summary.cells)} cells are valid.")
        lines.append(f"{decided} of {len(done.summary.verdicts)} pairs are decided.")
        lines.append(f"The exit code was {done.exit_code}.")
        lines += [f"A lane was loaded for {(done.run.load_share or 0):.0%} of the run's time.", ""]
    if wide:
        lines += [f"Not as sharp as asked for: {'; '.join(wide)}."]
    write(out, "rounds_control", "One lane under two names, by rounds", lines)
    if wide:
        raise AssertionError(f"the control is too wide: {'; '.join(wide)}")


def _sharp(done: Done, scenario: str, most: float) -> bool:
    control = done.control("qps", scenario)
    return control is not None and control.half_width is not None and control.half_width <= most


def _rows(done: Done) -> Iterator[tuple[object, ...]]:
    for each in done.summary.controls:
        interval = "–" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
        half = "–" if each.half_width is None else f"{each.half_width:.1%}"
        ratio = "–" if each.ratio is None else f"{each.ratio:.3f}"
        agrees = {None: "–", True: "yes", False: "no"}[each.agrees]
        yield (f"{each.scenario}, {each.metric} ({each.lane})", ratio, interval, half, agrees, each.rounds)


if __name__ == "__main__":
    prove(Path("docs/proofs"))
