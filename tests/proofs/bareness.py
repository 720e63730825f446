"""What the site adds to `hello` of each framework: beside a bare app by duets, and part by part by counts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from loadtests.report.numbers import MISSING
from loadtests.servers import DEFAULT
from tests.proofs.bare.checkout import checkout
from tests.proofs.counting import instructions
from tests.proofs.dueting import duet
from tests.proofs.writing import judge, table

# What the site's `hello` has to reach of a bare app's speed.
LEAST = 0.95
# A lane of each framework and style; those left out run the same code behind other servers.
COUNTED = (
    "flask-thread",
    "flask-async-view",
    "fastapi-thread",
    "fastapi-coroutine",
    "django-thread",
    "django-coroutine",
)
TAKEN_APART = {"Flask": "flask-thread", "FastAPI": "fastapi-coroutine", "Django": "django-thread"}
PARTS = {
    "request id": "read from the request or made, kept, and put on the response",
    "hook": "one more hook before and after the handler; in Flask with one for the end, in Django with `process_view`",
    "signal": "one receiver of `request_started`; in FastAPI, which has no signals, sending it too",
    "timing": "`Server-Timing`: a wrapper around the whole app, and a look at the clock in the first hook",
    "count": "one more on the counter that the harness reads",
}
# The site has no receiver of such a signal unless a request is traced.
BESIDE_THE_SITE = {"signal"}
_ABOUT = (
    "A bare app (`tests/proofs/bare/`) answers `hello` with the same status, body and headers, has the same hooks and "
    "middleware, takes the same times and counts its answers, all of it written the shortest way; nothing else is in "
    f"it. Each line is `trilane duet LANE --scenario hello --checkout-b BARE`. Speed is the bare app's CPU time per "
    f"request ÷ the site's: {LEAST} or more is asked for. Instructions are those of the bare app ÷ the site's, counted "
    "without the server (`trilane instructions`)."
)
_ABOUT_PARTS = (
    "Instructions per request: the bare app with all parts, less the bare app without that one. Shares are those of "
    "the bare app, its server not counted; a tenth of a percent is within what two builds of one program differ by."
)
_HEAD = ("lane", "speed", "95 %", "CPU site, µs", "bare, µs", "starts", "instructions")


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """The site's speed as a share of the bare app's, with its 95 % interval, in one lane; `cpu_us` of site and bare."""

    speed: float
    low: float
    high: float
    cpu_us: tuple[float, float]
    starts: int


# What a lane's duet found, or why it found nothing.
Outcome = Beside | str


def prove(out: Path, lanes: Sequence[str] = DEFAULT) -> None:
    """Duet every lane's site with its bare app, count what the parts cost, and write both down."""
    with checkout(without=BESIDE_THE_SITE) as bare:
        found = {lane: beside(lane, bare, seed) for seed, lane in enumerate(lanes, 1)}
        site_count, bare_count = instructions(COUNTED), instructions(COUNTED, bare)
    shares = {lane: bare_count[lane] / site_count[lane] for lane in COUNTED}
    lines = [
        _ABOUT,
        "",
        *table(_HEAD, [_row(lane, each, shares.get(lane)) for lane, each in found.items()]),
        "",
        *_parts(),
    ]
    judge(out, "bareness", "The site beside bare apps", lines, criteria(found))


def beside(lane: str, bare: Path, seed: int) -> Outcome:
    """Play the duet of a lane's site with its bare app; what spoils one duet keeps no other from being played."""
    try:
        played = duet(lane, "--scenario", "hello", "--checkout-b", bare, "--seed", str(seed))
        verdict = played.verdict()
    except (AssertionError, LookupError) as miss:
        return " ".join(str(miss).split())[:300]
    if not verdict.ratio or not verdict.low or not verdict.high:
        return "the duet gave no ratio"
    return Beside(
        speed=1 / verdict.ratio,
        low=1 / verdict.high,
        high=1 / verdict.low,
        cpu_us=played.cpu_us,
        starts=played.summary.duet.starts,
    )


def criteria(found: Mapping[str, Outcome]) -> dict[str, bool]:
    """Return that each lane's site is fast enough beside its bare app, with what was found."""
    return {
        f"{lane}: {LEAST} of the bare app's speed at least: {_told(each)}": isinstance(each, Beside)
        and each.speed >= LEAST
        for lane, each in found.items()
    }


def _told(found: Outcome) -> str:
    if isinstance(found, str):
        return f"not measured ({found})"
    return f"{found.speed:.3f} ({found.low:.3f} to {found.high:.3f})"


def _row(lane: str, found: Outcome, share: float | None) -> tuple[object, ...]:
    counted = MISSING if share is None else f"{share:.3f}"
    if isinstance(found, str):
        return (lane, *[MISSING] * 5, counted)
    site_us, bare_us = found.cpu_us
    interval = f"{found.low:.3f} to {found.high:.3f}"
    return lane, f"{found.speed:.3f}", interval, f"{site_us:.0f}", f"{bare_us:.0f}", found.starts, counted


def _parts() -> list[str]:
    """Count the bare apps with every part, and without each; tell what each part costs."""
    lanes = list(TAKEN_APART.values())
    with checkout(without=()) as whole:
        full = instructions(lanes, whole)
    without = {}
    for part in PARTS:
        with checkout(without={part}) as rest:
            without[part] = instructions(lanes, rest)
    head = ("part", *(word for framework in TAKEN_APART for word in (framework, "share")))
    rows = [(part, *(word for lane in lanes for word in _cost(full[lane], without[part][lane]))) for part in PARTS]
    whole_row = ("the whole bare app", *(word for lane in lanes for word in (f"{full[lane]:,.0f}", "100 %")))
    return [
        "## What each part costs",
        "",
        f"{_ABOUT_PARTS} Counted in {', '.join(lanes)}.",
        "",
        *table(head, [*rows, whole_row]),
        "",
        *(f"- *{part}*: {what}." for part, what in PARTS.items()),
    ]


def _cost(full: float, rest: float) -> tuple[str, str]:
    return f"{full - rest:,.0f}", f"{(full - rest) / full:.1%}"


if __name__ == "__main__":
    prove(Path("docs/proofs"))
