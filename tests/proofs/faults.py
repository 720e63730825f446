"""Every lane under every fault: what it answers, what others get meanwhile, and how soon it serves again."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from loadtests.faults.fault import FAULTS, PATIENCE_S, SLOW_FOR_S
from loadtests.faults.outcome import MORE_SOCKETS, OTHERS_WITHIN_S, RECOVERED_WITHIN_S, SLACK_S, Outcome
from loadtests.faults.run import PAUSE_S, suffer
from loadtests.faults.table import markdown
from loadtests.servers import LANES
from tests.proofs.writing import judge


def prove(out: Path) -> None:
    """Let all lanes suffer all faults and write down the outcomes."""
    write_down(list(suffer(list(LANES.values()), list(FAULTS.values()), tell=_tell)), out)


def write_down(found: Sequence[Outcome], out: Path) -> None:
    """Write the outcomes as tables and as data; raise where a lane fails that could do better, or one is missing."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "faults.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    judge(out, "faults", "Faults: every lane under every fault", [*_about(), *markdown(found)], _criteria(found))


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _about() -> Iterator[str]:
    yield f"While a fault lasts, each client asks, waits {PAUSE_S:g} s and asks again, each time over a new connection;"
    yield f"it hangs up after {PATIENCE_S:g} s without an answer, a slow one after {SLOW_FOR_S:g} s. *Others* is one"
    yield "client more who asks for `hello`, which needs nobody else. *Connections* are what the database has from"
    yield "the lane, before and after; *at work at once* are those that waited for one lock together after it. As"
    yield "promised means: only the stated answers to what was asked before the cause had ended, within the stated time"
    yield f"and {SLACK_S:g} s for the machine; others served within {OTHERS_WITHIN_S + SLACK_S:g} s; all clients served"
    yield f"again within {RECOVERED_WITHIN_S:g} s of the cause's end; no more connections than before, and as many at"
    yield f"work as the lane can have; at most {MORE_SOCKETS} sockets more than before, which pools open as they grow."
    yield "As data: `faults.json`."
    yield ""


def _criteria(found: Sequence[Outcome]) -> dict[str, bool]:
    wanted = {(fault, lane) for fault in FAULTS for lane in LANES}
    missing = wanted - {(each.fault, each.lane) for each in found}
    unexplained = [f"{each.lane} under {each.fault}" for each in found if not each.is_explained]
    return {
        f"every lane suffered every fault: {len(found)} of {len(wanted)}": not missing,
        "what is not as promised is what the lane's server cannot do, with a remedy"
        + (f"; not so: {', '.join(unexplained)}" if unexplained else ""): not unexplained,
    }
