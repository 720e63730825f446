"""What one call to the upstream costs a client without any framework, by how many are under way at the same time."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from statistics import median

from backing.outward import call, call_async, new_client, new_client_async
from backing.scratch import scratch
from backing.services import services
from backing.settings import settings
from tests.proofs.writing import judge, table

AT_ONCE = (1, 4, 16, 32, 64)
TURNS = 8
REPEATS = 3
MS = 50


def prove(out: Path) -> None:
    """Measure both clients against the service that the apps call, and write down the CPU time of a call."""
    with scratch() as folder, services(folder, log_folder=folder) as backing:
        # Patient, since with many at once a call takes longer than the apps would wait.
        os.environ |= {"TRILANE_UPSTREAM_URL": backing.upstream_url, "TRILANE_UPSTREAM_TIMEOUT_S": "60"}
        settings.cache_clear()
        found = {
            many: (
                median(asyncio.run(_by_coroutines(many)) for _ in range(REPEATS)),
                median(_by_threads(many) for _ in range(REPEATS)),
            )
            for many in AT_ONCE
        }
    settings.cache_clear()
    criteria = {
        "a call by coroutines gets dearer with the calls under way": found[AT_ONCE[-1]][0] > 2 * found[AT_ONCE[0]][0]
    }
    judge(out, "httpx_pool", "What a call costs the client", _lines(found), criteria)


async def _by_coroutines(many: int) -> float:
    """Return the CPU time of this process for one call, in microseconds, all connections open before."""

    async def turns(count: int) -> None:
        for _ in range(count):
            await call_async(client, MS)

    async with new_client_async() as client:
        await asyncio.gather(*(turns(1) for _ in range(many)))
        before_ns = time.process_time_ns()
        await asyncio.gather(*(turns(TURNS) for _ in range(many)))
        return (time.process_time_ns() - before_ns) / 1e3 / (TURNS * many)


def _by_threads(many: int) -> float:
    """Return what `_by_coroutines` does, of as many threads."""

    def turns(count: int) -> None:
        for _ in range(count):
            call(client, MS)

    with new_client() as client, ThreadPoolExecutor(many) as threads:
        list(threads.map(turns, [1] * many))
        before_ns = time.process_time_ns()
        list(threads.map(turns, [TURNS] * many))
        return (time.process_time_ns() - before_ns) / 1e3 / (TURNS * many)


def _lines(found: Mapping[int, tuple[float, float]]) -> Iterator[str]:
    yield f"httpx {version('httpx')} and httpcore {version('httpcore')}, without any framework, call the service that"
    yield f"the apps call, which takes {MS} ms: CPU time of the client's process for one call, the median of {REPEATS}"
    yield f"times {TURNS} calls of each, by how many call at once. Whenever a request comes or goes, httpcore's"
    yield "pool looks through all its connections, and asks the system about each idle one"
    yield "([encode/httpx#3215](https://github.com/encode/httpx/issues/3215))."
    yield ""
    rows = [(f"{many}", f"{coroutines:,.0f}", f"{threads:,.0f}") for many, (coroutines, threads) in found.items()]
    yield from table(["at the same time", "coroutines, µs", "threads, µs"], rows)
