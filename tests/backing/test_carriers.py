"""`Local`, `LocalStack` and `LocalProxy`: what they keep apart, what they share, and what they leave behind."""

import asyncio
import copy
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backing.carriers import Local, LocalProxy, LocalStack, ident


def in_a_thread(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def proxy(find: Callable[[], object]) -> Any:
    """Return a proxy that may be used as whatever it stands for."""
    return LocalProxy(find)


def test_a_thread_does_not_see_what_another_has_set() -> None:
    local = Local()
    local.name = "curry"
    assert in_a_thread(lambda: getattr(local, "name", None)) is None
    assert local.name == "curry"


def test_many_threads_at_once_read_back_what_each_has_written() -> None:
    local, together = Local(), threading.Barrier(16)

    def write_and_read(number: int) -> bool:
        local.number = number
        together.wait(timeout=30)
        return bool(local.number == number)

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(write_and_read, range(16)))


def test_two_locals_have_storages_of_their_own() -> None:
    one, other = Local(), Local()
    one.name = "one"
    assert not hasattr(other, "name")


def test_an_attribute_can_be_deleted_once() -> None:
    local = Local()
    local.name = "curry"
    del local.name
    assert not hasattr(local, "name")
    with pytest.raises(AttributeError, match="name is not set in this thread"):
        del local.name


@pytest.mark.parametrize("name", ["_storage", "_ident"])
def test_what_a_local_works_by_cannot_be_overwritten(name: str) -> None:
    with pytest.raises(AttributeError, match="give the attribute another name"):
        setattr(Local(), name, {})


def test_a_local_that_nobody_initialised_fails_without_recursion() -> None:
    bare = Local.__new__(Local)
    with pytest.raises(AttributeError):
        bare.name = "curry"
    with pytest.raises(AttributeError):
        _ = bare.name
    with pytest.raises(AttributeError):
        copy.copy(Local())


def test_release_forgets_what_this_thread_has_set_and_nothing_else() -> None:
    now, local = ["a"], Local(lambda: ord(now[0]))
    local.name = "of a"
    now[0] = "b"
    local.name = "of b"
    local.release()
    assert not hasattr(local, "name")
    local.release()
    now[0] = "a"
    assert local.name == "of a"


def test_an_identity_that_is_used_again_finds_what_was_not_released() -> None:
    local = Local(lambda: 7)
    in_a_thread(lambda: setattr(local, "name", "of a thread that is gone"))
    assert local.name == "of a thread that is gone"


def test_a_thread_that_begins_with_a_release_finds_nothing_of_one_that_had_its_identity() -> None:
    local = Local(lambda: 7)
    local.name = "of a thread that is gone"
    with ThreadPoolExecutor(1, initializer=local.release) as threads:
        assert not threads.submit(hasattr, local, "name").result()


def test_coroutines_of_one_thread_share_everything() -> None:
    local = Local()

    async def write_and_read(name: str) -> str:
        local.name = name
        await asyncio.sleep(0)
        return str(local.name)

    async def both() -> list[str]:
        return [*await asyncio.gather(write_and_read("first"), write_and_read("second"))]

    assert asyncio.run(both()) == ["second", "second"]


GREENLETS = """
import gevent
from backing.carriers import Local
local = Local()
def write_and_read(number):
    local.number = number
    gevent.sleep(0.01)
    return local.number
jobs = [gevent.spawn(write_and_read, number) for number in range(50)]
gevent.joinall(jobs, raise_error=True)
assert [job.value for job in jobs] == list(range(50))
assert not hasattr(local, "number")
"""


def test_greenlets_of_one_thread_do_not_see_each_other() -> None:
    subprocess.run([sys.executable, "-c", GREENLETS], check=True, timeout=60)


def test_the_identity_is_that_of_the_thread_where_there_are_no_greenlets() -> None:
    program = "import threading, backing.carriers as c; assert c.ident() == threading.get_ident()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert in_a_thread(ident) != ident()


def test_a_stack_gives_back_what_was_pushed_last() -> None:
    stack = LocalStack[str]()
    assert (stack.top, stack.pop()) == (None, None)
    stack.push("outer")
    stack.push("inner")
    assert stack.top == "inner"
    assert in_a_thread(lambda: stack.top) is None
    assert (stack.pop(), stack.top, stack.pop(), stack.pop()) == ("inner", "outer", "outer", None)


def test_a_stack_that_is_empty_again_leaves_nothing_behind() -> None:
    stack = LocalStack[str]()
    kept = stack._local._storage  # noqa: SLF001 - that nothing stays is not to be seen from outside
    stack.push("request")
    assert len(kept) == 1
    stack.pop()
    assert len(kept) == 0


def test_a_proxy_stands_for_what_is_current_in_each_thread() -> None:
    local = Local()
    name = LocalProxy(local, "name")

    def said_of(value: str) -> str:
        local.name = value
        return f"{name}, {len(name)}, {name.upper()}"

    local.name = "curry"
    assert in_a_thread(lambda: said_of("rice")) == "rice, 4, RICE"
    assert said_of("curry") == "curry, 5, CURRY"


def test_a_proxy_of_a_stack_follows_its_top() -> None:
    stack = LocalStack[dict[str, int]]()
    current = proxy(lambda: stack.top)
    stack.push({"a": 1})
    current["b"] = 2
    assert (stack.top, "b" in current, current["a"]) == ({"a": 1, "b": 2}, True, 1)
    stack.push({})
    assert (not current, current == {}, list(current)) == (True, True, [])


def test_a_proxy_sets_and_deletes_attributes_of_what_it_stands_for() -> None:
    local, request = Local(), type("Request", (), {})()
    local.request = request
    proxy = LocalProxy(local, "request")
    proxy.path = "/"
    assert request.path == "/"
    del proxy.path
    assert not hasattr(request, "path")


def test_a_proxy_can_be_called_added_to_and_compared() -> None:
    assert proxy(lambda: max)(1, 2) == 2
    assert proxy(lambda: 3) + 4 == 7
    assert proxy(lambda: 3) - 1 == 2
    assert proxy(lambda: 3) >= 3 > proxy(lambda: 2)
    assert {proxy(lambda: "key"): 1}["key"] == 1


def test_a_proxy_says_that_there_is_nothing_current() -> None:
    with pytest.raises(RuntimeError, match="name is used where none is current; use it while a request is handled"):
        str(LocalProxy(Local(), "name"))
