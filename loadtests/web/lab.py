"""The lanes that a UI offers: started when somebody wants to load them, and measured while that goes on."""

import dataclasses
from pathlib import Path

import msgspec

from backing.problem import Problem
from backing.services import Services
from loadtests.measurement import probe
from loadtests.measurement.bench import Grounds
from loadtests.measurement.cores import Cores, available, share_out
from loadtests.measurement.group import Group
from loadtests.measurement.subject import Subject, subject
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, Server, start, stop_all
from loadtests.servers.recognised import require_app_of
from loadtests.users.choice import STORE, defaults_of
from loadtests.users.choice import VARIABLE as TARGETS
from loadtests.web.messages import Begin, Close, Done, Open, Pulse, Ready, Reply, Request, Up
from loadtests.web.running import Running
from loadtests.web.settings import LOOPBACK
from loadtests.web.sides import Far, Own, Side


class Lab:
    """Starts lanes and measures tests, one at a time; `host` is the address that lanes listen on.

    Without `grounds` nothing is started here: lanes that run elsewhere are measured as far as they tell.
    """

    def __init__(
        self, grounds: Grounds | None = None, *, logs: Path | None = None, stack: str = "current", host: str = LOOPBACK
    ) -> None:
        self._grounds = grounds
        self._cores = share_out(None, available()) if grounds is None else grounds.cores
        self._logs = logs
        self._stack = stack
        self._host = host
        self.servers: list[Server] = []
        self._running: Running | None = None

    def handle(self, request: Request) -> Reply:
        """Do what Locust's process asks for; raise `Problem` when it cannot be done."""
        if isinstance(request, Up):
            return self.up(request)
        if isinstance(request, Begin):
            return self._begin(request)
        if self._running is None:
            raise Problem("no test is running; start one first")
        if isinstance(request, Pulse):
            return self._running.pulse(request)
        if isinstance(request, Open | Close):
            return _window(self._running, request)
        running, self._running = self._running, None
        return running.end(request)

    def up(self, request: Up) -> Ready:
        """See to it that a lane runs and gives the right answer; raise `Problem` with the reason where it does not."""
        wanted = self._subject(request)
        if wanted.url is not None:
            require_app_of(LANES[wanted.lane], wanted.url)
        books = None if self._grounds is None or wanted.url else self._grounds.books
        base_url = wanted.url or self._served(wanted)
        scenario = SCENARIOS[request.scenario]
        if scenario.writes and books is None:
            return Ready(base_url=base_url, body=None)
        probed = probe.probe(wanted, base_url, books)
        if probed.asked is None:
            raise Problem(f"{wanted.lane} cannot be loaded: {probed.trouble}")
        one_for_all = not (scenario.own or scenario.login or scenario.writes)
        return Ready(base_url=base_url, body=probed.asked.exchange.equals if one_for_all else None)

    def _served(self, wanted: Subject) -> str:
        """Return where the lane is served here, by a server that is started where there is none."""
        if self._grounds is None:
            raise Problem(f"{wanted.lane} is not served from here; use `trilane ui`, or say where it runs in {TARGETS}")
        if ended := self._grounds.ended_service():
            raise ended
        if not self._grounds.has(wanted):
            self._start(self._grounds, wanted)
        return self._grounds.server(wanted).base_url

    def _start(self, grounds: Grounds, wanted: Subject) -> None:
        server = start(
            LANES[wanted.lane],
            services=_storing(grounds.backing, wanted.session_store),
            folder=grounds.folder,
            log_folder=self._logs,
            stack=wanted.stack,
            workers=wanted.workers,
            label=wanted.key.label,
            host=self._host,
        )
        self.servers.append(server)
        try:
            server.wait_until_ready()
        except BaseException:
            self.servers.remove(server)
            stop_all([server])
            raise
        grounds.add(wanted.key, server)

    def _begin(self, begin: Begin) -> Done:
        wanted = self._subject(begin.on)
        if self._running is not None:  # nobody ended it
            self._running.close()
            self._running = None
        self._running = Running(wanted, self._side(wanted), begin)
        return Done()

    def _side(self, wanted: Subject) -> Side:
        if wanted.url:
            return Far(wanted)
        if self._grounds is None or not self._grounds.has(wanted):
            raise Problem(f"{wanted.lane} is not up any more; start the test again")
        return Own(self._grounds, wanted)

    def _subject(self, request: Up) -> Subject:
        return subject_of(request, stack=self._stack, cores=self._cores)


def _window(running: Running, request: Open | Close) -> Done:
    if isinstance(request, Open):
        running.open(request.users)
    else:
        running.shut()
    return Done()


def subject_of(request: Up, *, stack: str, cores: Cores) -> Subject:
    """Return what is measured, as a cell of its own; its name holds what differs from the scenario's defaults."""
    group = Group(scenario=request.scenario, users=1)
    changed = _changed(request)
    store = changed.pop(STORE.name, None)
    found = subject(group, request.lane, changed, stack=stack, cores=cores, url=request.base_url or None)
    if store is None:
        return found
    return msgspec.structs.replace(
        found,
        name=f"{found.name} {STORE.name}={store}",
        factors=(*found.factors, (STORE.name, store)),
        session_store=str(store),
    )


def _changed(request: Up) -> dict[str, str | int]:
    defaults = defaults_of(SCENARIOS[request.scenario])
    return {name: value for name, value in request.params.items() if defaults.get(name) != value}


def _storing(backing: Services, session_store: str | None) -> Services:
    """Return the services with the place where sessions are kept."""
    return backing if session_store is None else dataclasses.replace(backing, session_store=session_store)
