"""The naive programs break as their pages show it: what each prints is what stands there."""

import io
import runpy
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from multiprocessing import get_context

import pytest

from tests.topics.pages import PROGRAMS, ROOT, Shown, shown

# What takes long to import is imported once, in the process from which all others are forked.
IMPORTED = ["django.core.handlers.asgi", "django.forms", "fastapi", "flask", "gevent", "httpx", "wtforms"]


def printed(program: str) -> str:
    """Run a program of its own, as `python PROGRAM` does, and return what it prints."""
    with redirect_stdout(io.StringIO()) as out:
        runpy.run_path(str(ROOT / program), run_name="__main__")
    return out.getvalue()


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Give a pool in which every program has a process of its own."""
    context = get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


@pytest.mark.parametrize("each", shown(), ids=lambda each: each.program.rpartition("/")[2])
def test_a_program_prints_what_its_page_shows(each: Shown, processes: ProcessPoolExecutor) -> None:
    assert processes.submit(printed, each.program).result(timeout=120) == each.output


def test_every_program_stands_in_a_page() -> None:
    assert {each.program for each in shown()} == {str(program.relative_to(ROOT)) for program in PROGRAMS}
