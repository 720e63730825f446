"""The suite can fail: each small betrayal in a copy of one app is found, by the check that is there for it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from backing import direct
from backing.leash import leashed
from backing.services import Services
from contract.conformance import check
from contract.queries import ARTICLES
from loadtests.servers import LANES, Stack
from loadtests.servers.environment import environment_of
from loadtests.servers.ports import Port
from loadtests.servers.process import command
from loadtests.servers.readiness import health
from loadtests.servers.serving import serving
from loadtests.servers.setup import Setup
from loadtests.servers.stacks import ROOT
from tests.contract.mutation import Mutation
from tests.contract.mutations import MUTATIONS
from tests.waiting import eventually

COPIED = ("contract", "backing", "flask_app", "fastapi_app", "django_app")


@pytest.fixture(autouse=True)
def no_rows_left(private_services: Services) -> Iterator[None]:
    """Remove what a mutated app has written and not removed, so that the next one finds what the contract says."""
    yield
    with direct.cursor(private_services.database_url) as cursor:
        cursor.execute('DELETE FROM "order"')
        cursor.execute("DELETE FROM article WHERE id > %s", (ARTICLES,))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_the_suite_finds(mutation: Mutation, private_services: Services, tmp_path: Path) -> None:
    copy = _copied(tmp_path / "copy")
    for file, old, new in [*((mutation.file, *change) for change in mutation.changes), *mutation.also]:
        text = (copy / file).read_text()
        assert old in text, "the app has changed: this mutation changes nothing any more"
        (copy / file).write_text(text.replace(old, new))
    lane, store = LANES[mutation.lane], mutation.session_store
    known = serving(lane, session_store=store)
    with _serving(copy, mutation.lane, replace(private_services, session_store=store)) as base_url:
        checks = check(base_url, styles=lane.styles, sections=[mutation.section], serving=known)
        failed = [found.name for found in checks if found.failed]
    assert [name for name in failed if name.startswith(mutation.caught_by)], failed


def test_the_suite_finds_nothing_in_an_unchanged_copy(private_services: Services, tmp_path: Path) -> None:
    copy = _copied(tmp_path / "copy")
    with _serving(copy, "flask-thread", private_services) as base_url:
        assert [found for found in check(base_url, styles=["sync"]) if found.failed] == []


def _copied(copy: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name)
    return copy


@contextmanager
def _serving(folder: Path, name: str, services: Services) -> Iterator[str]:
    """Serve a lane from `folder` instead of the repository."""
    lane, port, counters = LANES[name], Port("127.0.0.1", 0), folder / "counters"
    counters.mkdir()
    words = command(Setup(lane), Stack("current", Path(sys.executable)), host="127.0.0.1", port=port.number)
    environment = {**environment_of(Setup(lane), services, counters), "PYTHONPATH": str(folder)}
    log, base_url = folder / "server.log", f"http://127.0.0.1:{port.number}"
    with leashed(words, log=log, environment=environment, folder=folder):
        assert eventually(lambda: health(base_url) is None, timeout_s=60), log.read_text()
        port.release()
        yield base_url
