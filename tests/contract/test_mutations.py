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
from contract.conformance.isolation import isolation
from contract.conformance.journal import journals
from contract.conformance.protocol import request_ids
from contract.conformance.sessions import sessions
from contract.conformance.suite import Section, right_answers, right_refusals, unknown_paths
from contract.conformance.waits import queue, shared_loop
from loadtests.servers import LANES, Stack
from loadtests.servers.environment import environment_of
from loadtests.servers.ports import Port
from loadtests.servers.process import command
from loadtests.servers.readiness import health
from loadtests.servers.serving import serving
from loadtests.servers.setup import Setup
from loadtests.servers.stacks import ROOT
from tests.waiting import eventually

COPIED = ("contract", "backing", "flask_app", "fastapi_app", "django_app")


@dataclass(frozen=True)
class Mutation:
    """In `file`, each first text becomes the second; a check whose name starts with `caught_by` has to fail.

    `also` holds changes to other files, each after its file.
    """

    what: str
    lane: str
    file: str
    changes: tuple[tuple[str, str], ...]
    section: Section
    caught_by: str
    also: tuple[tuple[str, str, str], ...] = ()


# What a module-level variable looks like where a context variable stood.
GLOBAL = """
class _Global:
    value = None
    def set(self, value):
        self.value = value
    def get(self):
        return self.value
    def reset(self, _):
        pass
{name} = _Global()
"""
TOKEN_HELD = (
    'token_held: ContextVar[str | None] = ContextVar("token_held", default=None)\n',
    GLOBAL.format(name="token_held"),
)
ADDENDS = ('addends: ContextVar[tuple[int, int]] = ContextVar("addends")\n', GLOBAL.format(name="addends"))
ACCESS = "connection(access)"
COOPERATIVE, BLOCKING = "await asyncio.sleep(ms / 1000)", "block(ms / 1000)"

MUTATIONS = (
    Mutation(
        "one byte of an answer", "flask-thread", "flask_app/hello.py",
        (("json(Hello())", 'json(Hello("hallo"))'),), right_answers, "sync hello",
    ),
    Mutation(
        "a header that is missing", "django-coroutine", "django_app/answers.py",
        (('    response["Content-Length"] = str(len(response.content))\n', ""),), right_answers, "async hello",
    ),
    Mutation(
        "an incomplete Allow", "fastapi-coroutine", "fastapi_app/routing.py",
        (('", ".join(sorted(methods))', '"GET"'),), unknown_paths, "async hello does not answer POST",
    ),
    Mutation(
        "a bound that is not kept", "fastapi-thread", "fastapi_app/parameters.py",
        (("endpoints.LIMIT.parse", "int"),), right_refusals, "sync articles_list refuses limit='101'",
    ),
    Mutation(
        "a redirect to a path put right", "fastapi-thread", "fastapi_app/settings.py",
        (("REDIRECT_SLASHES = False", "REDIRECT_SLASHES = True"),), unknown_paths, "sync does not know /sync/hello/",
    ),
    Mutation(
        "a header too many", "django-thread", "django_app/settings.py",
        (("MIDDLEWARE = [", 'MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", '),),
        right_answers, "sync hello",
    ),
    Mutation(
        "a request id that is not looked at", "django-thread", "django_app/hooks.py",
        (('request_id(request.META.get("HTTP_X_REQUEST_ID"))', 'request.META.get("HTTP_X_REQUEST_ID") or "x"'),),
        request_ids, "sync replaces a request id of 65 characters",
    ),
    Mutation(
        "a failure that tells its reason", "flask-thread", "flask_app/errors.py",
        (("def on_failure(_: Exception)", "def on_failure(error: Exception)"),
         ("return refuse(500)", "return refuse(500, str(error.original_exception))")),
        right_answers, "sync fail kind='exception'",
    ),
    Mutation(
        "two hooks in the other order, before the request", "flask-thread", "flask_app/hooks.py",
        (("app.before_request(identify)", "app.before_request(LATER)"),
         ("app.before_request(prepare)", "app.before_request(identify)"), ("LATER", "prepare")),
        journals, "sync journal: success",
    ),
    Mutation(
        "two hooks in the other order, after the request", "flask-async-view", "flask_app/hooks.py",
        (("app.after_request(label)", "app.after_request(LATER)"),
         ("app.after_request(conclude)", "app.after_request(label)"), ("LATER", "conclude")),
        journals, "async journal: success",
    ),
    Mutation(
        "middleware in the other order", "django-coroutine", "django_app/settings.py",
        (("Identify", "LATER"), ("Prepare", "Identify"), ("LATER", "Prepare")),
        journals, "async journal: success",
    ),
    Mutation(
        "a signal that is not sent", "fastapi-coroutine", "fastapi_app/hooks.py",
        (("            request_finished.send(self)\n", ""),), journals, "async journal: success",
    ),
    Mutation(
        "a journal that nobody asked for", "fastapi-thread", "backing/outermost.py",
        (('traced=(b"x-trace", b"1") in scope["headers"]', "traced=True"),),
        journals, "sync records nothing without X-Trace",
    ),
    Mutation(
        "a receiver that never ran", "django-thread", "django_app/signals.py",
        (('record("signal article_viewed")', "pass"),), journals, "sync journal: the receivers of a signal",
    ),
    Mutation(
        "a module-global in place of the request context", "flask-thread", "flask_app/context.py",
        (("_threads = ThreadPoolExecutor(8)", '_threads, _last = ThreadPoolExecutor(8), [""]'),
         ("    g.token = token\n", "    g.token = token\n    _last[0] = token\n"),
         ('= g.get("token")', "= _last[0]")), isolation, "sync context_echo keeps 200 concurrent requests apart",
    ),
    Mutation(
        "a module-global in place of a context variable", "fastapi-coroutine", "fastapi_app/context.py",
        (TOKEN_HELD,), isolation, "async context_echo keeps 200 concurrent requests apart",
    ),
    Mutation(
        "a module-global in place of a context variable, in threads", "django-thread", "django_app/context.py",
        (TOKEN_HELD,), isolation, "sync context_echo keeps 200 concurrent requests apart",
    ),
    Mutation(
        "numbers to add in module-globals, in FastAPI", "fastapi-thread", "fastapi_app/context.py",
        (ADDENDS,), isolation, "sync context_add keeps 200 concurrent requests apart",
    ),
    Mutation(
        "numbers to add in module-globals, in Django", "django-asgi-sync", "django_app/context.py",
        (ADDENDS,), isolation, "sync context_add keeps 200 concurrent requests apart",
    ),
    Mutation(
        "numbers to add in module-globals, in Flask", "flask-async-view", "flask_app/hooks.py",
        (("g.a, g.b =", "Flask.a, Flask.b ="),), isolation, "async context_add keeps 200 concurrent requests apart",
        also=(("flask_app/context.py", "g.a + g.b", "__import__('flask').Flask.a + __import__('flask').Flask.b"),),
    ),
    Mutation(
        "a pooled read that opens a session", "flask-thread", "backing/access.py",
        ((ACCESS, 'connection("per-request")'),), sessions, "sync articles_get access=pooled",
    ),
    Mutation(
        "a pooled read that opens a session, on the loop", "fastapi-coroutine", "backing/access_async.py",
        ((ACCESS, 'connection("per-request")'),), sessions, "async articles_list access=pooled",
    ),
    Mutation(
        "a read from the pool that should open a session", "django-thread", "backing/access.py",
        ((ACCESS, 'connection("pooled")'),), sessions, "sync articles_random access=per-request",
    ),
    Mutation(
        "a read from the pool that should open a session, on the loop", "django-coroutine", "backing/access_async.py",
        ((ACCESS, 'connection("pooled")'),), sessions, "async articles_get access=per-request",
    ),
    Mutation(
        "the same article again and again", "fastapi-thread", "fastapi_app/articles.py",
        (("(random.randint(1, ARTICLES),)", "(7,)"),), right_answers, "sync articles_random",
    ),
    Mutation(
        "a cooperative wait that blocks the loop", "fastapi-coroutine", "fastapi_app/waiting.py",
        ((COOPERATIVE, "time.sleep(ms / 1000)"),), shared_loop, "async wait how=cooperative holds up nobody",
    ),
    Mutation(
        "a blocking wait that does not block the loop", "django-coroutine", "django_app/waiting.py",
        ((f"{COOPERATIVE}\n    else:\n        {BLOCKING}", f"{COOPERATIVE}\n    else:\n        {COOPERATIVE}"),),
        shared_loop, "async wait how=blocking holds up everybody",
    ),
    Mutation(
        "a blocking wait that does not block the greenlets", "flask-greenlet", "backing/blocking.py",
        (('monkey.get_original("time", "sleep")', "time.sleep"),),
        shared_loop, "sync wait how=blocking holds up everybody",
    ),
    Mutation(
        "a queue that is never noted", "django-thread", "backing/exchange.py",
        (("current.get().hooks_ns = perf_counter_ns()", "current.get()"),),
        queue, "sync states the time before its first hook",
    ),
    Mutation(
        "a wait for a thread that is not noted", "fastapi-thread", "fastapi_app/routing.py",
        (("        arrived()\n", ""),), queue, "sync states the wait for a thread",
    ),
)  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_the_suite_finds(mutation: Mutation, private_services: Services, tmp_path: Path) -> None:
    copy = _copied(tmp_path / "copy")
    for file, old, new in [*((mutation.file, *change) for change in mutation.changes), *mutation.also]:
        text = (copy / file).read_text()
        assert old in text, "the app has changed: this mutation changes nothing any more"
        (copy / file).write_text(text.replace(old, new))
    lane = LANES[mutation.lane]
    with _serving(copy, mutation.lane, private_services) as base_url:
        checks = check(base_url, styles=lane.styles, sections=[mutation.section], serving=serving(lane))
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
