"""That short slices do not bias: ratios from the default rounds beside those from slices of ten seconds."""

from pathlib import Path

from loadtests.measurement.result import Verdict
from tests.proofs.comparing import compare
from tests.proofs.writing import table, write

LANES = ("flask-thread", "fastapi-coroutine", "django-thread")
PAIRS = ((LANES[0], LANES[1]), (LANES[2], LANES[1]), (LANES[0], LANES[2]))
METRICS = ("qps", "cpu_us_per_request")
# Three lanes and the control for ten seconds each: fifteen rounds are ten minutes.
ROUNDS = "15"


def prove(out: Path) -> None:
    """Measure both, and write them side by side."""
    short = compare("--lane", ",".join(LANES), "--scenario", "hello")
    long = compare("--lane", ",".join(LANES), "--scenario", "hello", "--seconds", "10", "--rounds", ROUNDS)
    rows = []
    inside = 0
    for a, b in PAIRS:
        for metric in METRICS:
            ours, theirs = (each.verdict(a, b, metric, "hello") for each in (short, long))
            held = _holds(theirs, ours.ratio)
            inside += held
            rows.append((f"{a} ÷ {b}, {metric}", _shown(ours), _shown(theirs), "yes" if held else "no"))
    head = ("ratio", "default slices", f"10 s × {ROUNDS} rounds", "within the interval")
    lines = [
        f"{inside} of {len(rows)} ratios from the default slices lie within the 95 % interval from slices of 10 s.",
        "",
        *table(head, rows),
    ]
    write(out, "bias", "Short slices against long ones", lines)
    if inside < len(rows):
        raise AssertionError(f"{len(rows) - inside} ratios lie outside the interval from long slices")


def _holds(verdict: Verdict, ratio: float | None) -> bool:
    if ratio is None or verdict.low is None or verdict.high is None:
        return False
    return verdict.low <= ratio <= verdict.high


def _shown(verdict: Verdict) -> str:
    if verdict.ratio is None or verdict.low is None or verdict.high is None:
        return "–"
    return f"{verdict.ratio:.3f} [{verdict.low:.3f}, {verdict.high:.3f}], {verdict.rounds} rounds"


if __name__ == "__main__":
    prove(Path("docs/proofs"))
