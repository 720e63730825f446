import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from backing import background

AT_ONCE = 16


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def loops_of_a_new_process(monkeypatch: pytest.MonkeyPatch) -> set[asyncio.AbstractEventLoop]:
    monkeypatch.setattr(background, "_loop", [])
    barrier = Barrier(AT_ONCE, timeout=60)

    def first() -> asyncio.AbstractEventLoop:
        barrier.wait()
        return background.background_loop()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return {future.result() for future in [threads.submit(first) for _ in range(AT_ONCE)]}


@pytest.mark.usefixtures("hasty_threads")
def test_requests_that_come_first_at_once_share_one_background_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(20):
        loops = loops_of_a_new_process(monkeypatch)
        for loop in loops:
            loop.call_soon_threadsafe(loop.stop)
        assert len(loops) == 1
