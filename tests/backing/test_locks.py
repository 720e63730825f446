"""The lock in Valkey: one holder at a time, in both styles; a lease that ends; no lock released that is another's."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from backing import locks, locks_async, valkey_client
from backing.locks import key_of, locked
from backing.services import Services
from backing.settings import settings
from contract.errors import Refused


@pytest.fixture(autouse=True)
def _process(private_services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process as a lane has it, with the session's Valkey."""
    monkeypatch.setenv("TRILANE_VALKEY_URL", private_services.valkey_url)
    settings.cache_clear()
    valkey_client.client.cache_clear()
    yield
    valkey_client.close()
    settings.cache_clear()


class Register:
    """A number that only those keep right who take turns."""

    def __init__(self) -> None:
        self.number = 0

    def add(self) -> None:
        read = self.number
        time.sleep(0.0005)
        self.number = read + 1

    async def add_async(self) -> None:
        read = self.number
        await asyncio.sleep(0.0005)
        self.number = read + 1


def test_threads_that_take_a_lock_take_turns() -> None:
    register = Register()

    def add(_: int) -> None:
        with locked("turns"):
            register.add()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(60)))
    assert register.number == 60


def test_coroutines_that_take_a_lock_take_turns() -> None:
    register = Register()

    async def add() -> None:
        async with locks_async.locked("turns"):
            await register.add_async()

    async def all_at_once() -> None:
        await asyncio.gather(*(add() for _ in range(60)))
        await valkey_client.close_async()

    asyncio.run(all_at_once())
    assert register.number == 60


def test_two_locks_of_different_names_are_held_at_the_same_time() -> None:
    with locked("one"), locked("another"):
        assert valkey_client.client().exists(key_of("one"), key_of("another")) == 2
    assert valkey_client.client().exists(key_of("one"), key_of("another")) == 0


def test_a_lock_whose_holder_is_gone_ends_with_its_lease() -> None:
    valkey_client.client().set(key_of("left"), "somebody who ended", px=100)
    with locked("left"):
        held = valkey_client.client().get(key_of("left"))
    assert held != b"somebody who ended"


def test_who_holds_a_lock_for_longer_than_its_lease_does_not_release_the_next_ones() -> None:
    with locked("late"):
        valkey_client.client().set(key_of("late"), "the next one", px=60_000)
    assert valkey_client.client().get(key_of("late")) == b"the next one"
    valkey_client.client().delete(key_of("late"))


def test_a_lock_is_released_when_what_it_protects_fails() -> None:
    with pytest.raises(ZeroDivisionError), locked("failing"):
        raise ZeroDivisionError
    assert valkey_client.client().exists(key_of("failing")) == 0


def test_who_waits_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE_S", 0.05)
    held, over = Event(), Event()

    def hold() -> None:
        with locked("busy"):
            held.set()
            over.wait(20)

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(hold)
        held.wait(20)
        try:
            with pytest.raises(Refused) as caught, locked("busy"):
                pytest.fail("two hold the same lock")
        finally:
            over.set()
        holding.result()
    assert caught.value.status == 503


def test_a_valkey_that_is_not_there_is_a_refusal_in_both_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILANE_VALKEY_URL", "valkey://127.0.0.1:1/0")
    settings.cache_clear()
    valkey_client.client.cache_clear()

    async def ask() -> None:
        async with locks_async.locked("nothing"):
            pytest.fail("there is no Valkey to lock in")

    with pytest.raises(Refused), locked("nothing"):
        pytest.fail("there is no Valkey to lock in")
    with pytest.raises(Refused):
        asyncio.run(ask())
