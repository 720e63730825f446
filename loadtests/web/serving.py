"""What `trilane ui` starts and keeps up: services, lanes, workers, and the real `locust` with our locustfile."""

import base64
import contextlib
import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from backing.leash import Leashed, leashed
from backing.problem import Problem, end_of
from backing.scratch import scratch
from backing.services import services
from loadtests.measurement.accounting import Commands, Connections
from loadtests.measurement.bench import Grounds
from loadtests.measurement.books import books
from loadtests.measurement.cores import Cores, available, pin_this_process, share_out
from loadtests.scenarios import TABLE
from loadtests.servers import LANES, stop_all
from loadtests.servers.ports import Port
from loadtests.servers.stacks import ROOT
from loadtests.users.choice import VARIABLE as TARGETS
from loadtests.users.choice import defaults_of
from loadtests.web import channel, settings
from loadtests.web.guard import ALIVE
from loadtests.web.history import History
from loadtests.web.lab import Lab
from loadtests.web.messages import Up
from loadtests.web.opening import Opening
from loadtests.web.settings import LOOPBACK, Settings
from loadtests.workers import locust as crew
from loadtests.workers.crewing import Crewing

DEFAULT_LANES = ("flask-thread", "fastapi-coroutine", "django-thread")
_READY_WITHIN_S = 60.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for, checked: `lanes` are up from the start, `targets` run elsewhere, by lane.

    With `targets` alone nothing is served from here. Of `allowed` hosts each may be loaded besides the lanes.
    """

    opening: Opening
    lanes: list[str]
    targets: dict[str, str]
    stack: str
    allowed: list[str]
    state: Path
    crewing: Crewing | None

    @property
    def serves(self) -> bool:
        """Tell whether lanes are served from here."""
        return bool(self.lanes) or not self.targets

    @property
    def host(self) -> str:
        """Return the address that lanes listen on: where workers of other machines reach them."""
        return self.crewing.host if self.crewing is not None and self.crewing.expected else LOOPBACK


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """What is up: Locust's process with its log, where it answers, and where the first lanes are, by name."""

    locust: Leashed
    log: Path
    opening: Opening
    lanes: dict[str, str]


@contextlib.contextmanager
def serving(asked: Asked) -> Iterator[Serving]:
    """Start everything; raise `Problem` when something of it cannot start. It ends with the block."""
    held = Port(asked.opening.host, asked.opening.port)
    asked = msgspec.structs.replace(asked, opening=msgspec.structs.replace(asked.opening, port=held.number))
    History(asked.state).check()
    cores = share_out(None, available())
    pin_this_process(cores.others)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch())
        lab = stack.enter_context(_lab(asked, cores, folder))
        lanes = {name: _up(lab, name) for name in asked.lanes or (DEFAULT_LANES if asked.serves else ())}
        path = folder / "ui.sock"
        stack.enter_context(channel.serving(path, lab.handle))
        log = folder / "locust.log"
        crewing = None if asked.crewing is None else crew.settled(asked.crewing)
        environment = {**os.environ, settings.VARIABLE: _settings(asked, path)}
        # Where lanes are is said by the settings alone.
        environment.pop(TARGETS, None)
        command = _locust(asked.opening, crewing)
        locust = stack.enter_context(
            leashed(command, environment=environment, folder=ROOT, log=log, cores=cores.others)
        )
        _wait_until_it_answers(asked.opening, locust, log)
        held.release()
        if crewing is not None and not crewing.expected:
            workers = crew.started(crewing.workers, crewing.host, crewing.port, cores=cores.others, log=log)
            stack.enter_context(workers)
            _wait_for_workers(asked.opening, crewing.workers, locust, log)
        yield Serving(locust=locust, log=log, opening=asked.opening, lanes={**lanes, **asked.targets})


@contextlib.contextmanager
def _lab(asked: Asked, cores: Cores, folder: Path) -> Iterator[Lab]:
    """Provide who starts and measures lanes, with the services they need where any is served from here."""
    if not asked.serves:
        yield Lab()
        return
    with contextlib.ExitStack() as stack:
        backing = stack.enter_context(services(folder, log_folder=folder, cores=cores.others))
        ours = "valkey" in backing.processes
        grounds = Grounds(
            servers={},
            backing=backing,
            connections=stack.enter_context(Connections.counted(backing.database_url)),
            commands=stack.enter_context(Commands.counted(backing.valkey_url)) if ours else None,
            books=stack.enter_context(books(backing.database_url)),
            cores=cores,
            folder=folder,
            logs=folder,
        )
        lab = Lab(grounds, logs=folder, stack=asked.stack, host=asked.host)
        stack.callback(lambda: stop_all(lab.servers))
        yield lab


def _up(lab: Lab, name: str) -> str:
    """Start a lane, and see that it answers rightly; return where it is."""
    plain = TABLE[0]
    return lab.up(Up(lane=name, scenario=plain.name, params=defaults_of(plain))).base_url


def _settings(asked: Asked, path: Path) -> str:
    lanes = dict.fromkeys((*(asked.lanes or DEFAULT_LANES), *LANES)) if asked.serves else {}
    found = Settings(
        channel=str(path),
        state=str(asked.state.absolute()),
        lanes=tuple(dict.fromkeys((*lanes, *asked.targets))),
        targets=asked.targets,
        names=asked.opening.names,
        allowed=tuple(asked.allowed),
        token=asked.opening.token,
        **_crew(asked.crewing),
    )
    return msgspec.json.encode(found).decode()


def _crew(crewing: Crewing | None) -> dict[str, Any]:
    """Return what the settings say of the workers."""
    if crewing is None:
        return {}
    if crewing.expected:
        return {"expected": crewing.workers, "meeting": crewing.address}
    return {"workers": crewing.workers}


def _locust(opening: Opening, crewing: Crewing | None) -> list[str | Path]:
    # Under its own command: the web UI reads the program's arguments again for every page.
    where = ["--web-host", opening.host, "--web-port", str(opening.port)]
    # Users who are one too many when their number is lowered end their request; the last ones do so in any case.
    more = ["--stop-timeout", "1", *crew.arguments(crewing)]
    return [sys.executable, "-m", "locust", "-f", crew.LOCUSTFILE, *where, *more]


def _wait_until_it_answers(opening: Opening, locust: Leashed, log: Path) -> None:
    if not _eventually(lambda: _answer(opening, ALIVE) is not None, locust):
        raise Problem(f"Locust's web UI did not answer on port {opening.port}{end_of(log)}")


def _wait_for_workers(opening: Opening, count: int, locust: Leashed, log: Path) -> None:
    def there() -> bool:
        answer = _answer(opening, "/stats/requests")
        return answer is not None and len(json.loads(answer).get("workers", ())) >= count

    if not _eventually(there, locust):
        raise Problem(f"{count} workers did not connect within {_READY_WITHIN_S:.0f} s{end_of(log)}")


def _eventually(come: Callable[[], bool], locust: Leashed) -> bool:
    deadline = time.monotonic() + _READY_WITHIN_S
    while locust.poll() is None and time.monotonic() < deadline:
        if come():
            return True
        time.sleep(0.1)
    return False


def _answer(opening: Opening, path: str) -> bytes | None:
    """Return what the web UI answers, None where it does not."""
    # As one text: beside a port of its own, Python 3.11 takes the brackets of an IPv6 address for a part of its name.
    connection = http.client.HTTPConnection(f"{opening.reached}:{opening.port}", timeout=5)
    with contextlib.closing(connection):
        try:
            # A password may have characters that a header has not.
            known = base64.b64encode(f":{opening.token}".encode()).decode()
            connection.request("GET", path, headers={"Authorization": f"Basic {known}"})
            answer = connection.getresponse()
            return answer.read() if answer.status == HTTPStatus.OK else None
        except (http.client.HTTPException, OSError):
            return None
