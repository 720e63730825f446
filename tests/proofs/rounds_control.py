"""What rounds can tell: the hidden control of the default run, and of five minutes on three lanes."""

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
    for title, options in (("The default run", ()), ("Three lanes under `hello`", THREE)):
        done = compare(*options)
        decided = sum(each.verdict != "undecided" for each in done.summary.verdicts)
        valid = sum(cell.valid for cell in done.summary.cells)
        lines += [f"## {title}", "", *table(head, _rows(done)), ""]
        lines.append(f"{valid} of {len(done.summary.cells)} cells are valid.")
        lines.append(f"{decided} of {len(done.summary.verdicts)} pairs are decided.")
        lines.append(f"The exit code was {done.exit_code}.")
        lines += [f"A lane was loaded for {(done.run.load_share or 0):.0%} of the run's time.", ""]
    write(out, "rounds_control", "One lane under two names, by rounds", lines)


def _rows(done: Done) -> Iterator[tuple[object, ...]]:
    for each in done.summary.controls:
        interval = "–" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
        half = "–" if each.half_width is None else f"{each.half_width:.1%}"
        ratio = "–" if each.ratio is None else f"{each.ratio:.3f}"
        agrees = {None: "–", True: "yes", False: "no"}[each.agrees]
        yield (f"{each.scenario}, {each.metric} ({each.lane})", ratio, interval, half, agrees, each.rounds)


if __name__ == "__main__":
    prove(Path("docs/proofs"))
