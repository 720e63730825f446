"""The suite can fail: each small betrayal in a copy of one app is found, by the check that is there for it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from backing.leash import leashed
from backing.services import Services
from contract.conformance import check
from loadtests.servers import LANES, Stack
from loadtests.servers.environment import environment_of
from loadtests.servers.ports import Port
from loadtests.servers.process import command
from loadtests.servers.readiness import health
from loadtests.servers.stacks import ROOT
from tests.waiting import eventually

COPIED = ("contract", "backing", "flask_app", "fastapi_app", "django_app")


@dataclass(frozen=True)
class Mutation:
    """`old` becomes `new` in `file`; checks whose names start with `caught_by` have to fail."""

    what: str
    lane: str
    file: str
    old: str
    new: str
    caught_by: str


MUTATIONS = (
    Mutation(
        "one byte of an answer", "flask-thread", "flask_app/hello.py", "json(Hello())", 'json(Hello("hallo"))',
        "sync hello",
    ),
    Mutation(
        "a header that is missing", "django-coroutine", "django_app/answers.py",
        '    response["Content-Length"] = str(len(response.content))\n', "", "async hello",
    ),
    Mutation(
        "an incomplete Allow", "fastapi-coroutine", "fastapi_app/routing.py", '", ".join(sorted(methods))', '"GET"',
        "async hello does not answer POST",
    ),
    Mutation(
        "a bound that is not kept", "fastapi-thread", "fastapi_app/parameters.py",
        "BeforeValidator(endpoints.LIMIT.parse)", "BeforeValidator(int)", "sync articles_list refuses limit='101'",
    ),
    Mutation(
        "a redirect to a path put right", "flask-thread", "flask_app/routing.py", "merge_slashes = False",
        "merge_slashes = True", "sync does not know /sync//hello",
    ),
)  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_the_suite_finds(mutation: Mutation, private_services: Services, tmp_path: Path) -> None:
    copy = _copied(tmp_path / "copy")
    text = (copy / mutation.file).read_text()
    assert mutation.old in text, "the app has changed: this mutation changes nothing any more"
    (copy / mutation.file).write_text(text.replace(mutation.old, mutation.new))
    lane = LANES[mutation.lane]
    with _serving(copy, mutation.lane, private_services) as base_url:
        failed = [found.name for found in check(base_url, styles=lane.styles) if found.failed]
    assert [name for name in failed if name.startswith(mutation.caught_by)], failed


def test_the_suite_finds_nothing_in_an_unchanged_copy(private_services: Services, tmp_path: Path) -> None:
    copy = _copied(tmp_path / "copy")
    with _serving(copy, "flask-thread", private_services) as base_url:
        assert [found for found in check(base_url, styles=["sync"]) if found.failed] == []


def _copied(copy: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@contextmanager
def _serving(folder: Path, name: str, services: Services) -> Iterator[str]:
    """Serve a lane from `folder` instead of the repository."""
    lane, port, counters = LANES[name], Port("127.0.0.1", 0), folder / "counters"
    counters.mkdir()
    words = command(lane, Stack("current", Path(sys.executable)), host="127.0.0.1", port=port.number, workers=1)
    environment = {**environment_of(lane, services, counters), "PYTHONPATH": str(folder)}
    log, base_url = folder / "server.log", f"http://127.0.0.1:{port.number}"
    with leashed(words, log=log, environment=environment, folder=folder):
        assert eventually(lambda: health(base_url) is None, timeout_s=60), log.read_text()
        port.release()
        yield base_url
