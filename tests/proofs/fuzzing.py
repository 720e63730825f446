"""Twenty thousand made-up requests for each style of each app: none fails, hangs or breaks the OpenAPI document."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from backing.scratch import scratch
from backing.services import services
from loadtests.measurement.cores import available
from loadtests.servers import LANES, served
from tests.contract.fuzzing import CHECKS, DEAREST, LANES_ASKED, LONGEST_S, Fuzzed, fuzz
from tests.proofs.writing import judge, table

REQUESTS = 20_000
EXAMPLES = 100


def prove(out: Path) -> None:
    """Ask both styles of all three apps and write down how often; raise where an answer breaks the document."""
    # What makes requests up takes more of a core than what answers them.
    with ThreadPoolExecutor(len(available())) as several:
        found = list(several.map(_fuzzed, LANES_ASKED, range(len(LANES_ASKED))))
    criteria = {
        f"each of {len(LANES_ASKED)} lanes answered {REQUESTS:,} requests or more": all(
            each.requests >= REQUESTS for each in found
        ),
        "no answer breaks the document, none fails, none hangs, and every operation succeeds": not any(
            each.failure for each in found
        ),
    }
    judge(out, "fuzzing", "Made-up requests, held to the OpenAPI document", _lines(found), criteria)


def _fuzzed(name: str, number: int) -> Fuzzed:
    with (
        scratch() as folder,
        services(folder, log_folder=folder) as backing,
        served([LANES[name]], services=backing, folder=folder, workers=1) as (server,),
    ):
        found = fuzz(server, folder, at_least=REQUESTS, examples=EXAMPLES, seed=1 + 1_000 * number)
    sys.stderr.write(f"{name}: {found.requests:,} requests in {found.seconds:.0f} s\n{found.failure}")
    return found


def _lines(found: Sequence[Fuzzed]) -> Iterator[str]:
    yield "Schemathesis makes up requests from `python -m contract.openapi`, right ones and wrong ones, as the"
    yield f"administrator, and holds each answer to the document: {', '.join(CHECKS)}; and to {LONGEST_S} s. No 501 and"
    yield "no 503 is right here, and every operation has to succeed at least once."
    yield f"So that none waits for long, parameters are at most {', '.join(f'{n} {v:,}' for n, v in DEAREST.items())}."
    yield "The requests are counted by the app itself (`/stats`)."
    yield ""
    rows = [
        (each.lane, each.style, f"{each.requests:,}", f"{each.seconds:.0f}", "none" if not each.failure else "**some**")
        for each in found
    ]
    yield from table(["lane", "style", "requests", "seconds", "failures"], rows)
    yield from (f"\n```\n{each.failure[-4_000:]}\n```" for each in found if each.failure)
