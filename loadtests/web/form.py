"""What a form may choose: checked here, where Locust takes any value of any option, and the lane started if need be."""

import re
import time
from argparse import Namespace
from collections.abc import Mapping
from urllib.parse import urlsplit

import gevent
from flask import Response, g, jsonify, request
from locust.env import Environment
from locust.runners import STATE_CLEANUP, STATE_STOPPING, Runner

from backing.problem import Problem
from loadtests.servers.elsewhere import base_url
from loadtests.users.choice import CLOSED, FIELDS, Chosen, targets
from loadtests.users.lean import LeanUser
from loadtests.web.messages import Ready
from loadtests.web.session import BUSY, Session
from loadtests.web.settings import Settings

_OWN = ("lane", "scenario", "load", "rate", *FIELDS)
# Locust's own fields; every other option of its command line could be set by a form as well.
_LOCUSTS = frozenset({"user_count", "spawn_rate", "run_time", "host", "profile"})
_MOST_USERS = 100_000
_BEGUN_WITHIN_S, _LOOK_S = 30.0, 0.01
_ONLY_USERS = "a test is running; stop it before anything but the number of users is changed"


class Form:
    """Checks what is sent to `/swarm` before Locust sees it, and sees to it that the lane runs.

    Whoever sends one waits until the test runs, and until then nobody else can start another.
    """

    def __init__(self, environment: Environment, settings: Settings, session: Session) -> None:
        self._environment = environment
        self._settings = settings
        self._session = session
        self._stopped = False

    def refuse(self) -> Response | None:
        """Answer a form that chooses nothing that can be loaded; else let Locust answer."""
        if request.endpoint == "locust.update_user":
            response = jsonify({"message": "the lane and the scenario decide what users do; nothing else sets it"})
            response.status_code = 403
            return response
        if request.endpoint == "locust.stop":
            self._stopped = True
        if request.endpoint == "locust.swarm":
            try:
                self._take(request.form)
            except Problem as problem:
                return self._refused(str(problem))
        return None

    def settle(self, response: Response) -> Response:
        """Wait until the test runs that a form has started, and name the lane's address in the place of the host."""
        if g.get("trilane_checked"):
            self._environment.host = vars(self._environment.parsed_options)["target"]
        if not g.get("trilane_starts"):
            return _with_host(response, self._environment.host) if g.get("trilane_checked") else response
        try:
            if response.is_json and response.get_json()["success"] and (why := self._why_not_begun()):
                return self._refused(why)
        finally:
            self._session.starting = ""
        return _with_host(response, self._environment.host)

    def _take(self, form: Mapping[str, str]) -> None:
        """Set what was chosen; raise `Problem` for what does not exist, or cannot be changed while a test runs."""
        if unknown := sorted(set(form) - _LOCUSTS - set(_OWN)):
            raise Problem(f"there is no field {unknown[0]!r}; there are {', '.join((*sorted(_LOCUSTS), *_OWN))}")
        _check_users(form.get("user_count", ""))
        if self._busy():
            self._check_edit(form)
        else:
            self._start(form)
        g.trilane_checked = True

    def _check_edit(self, form: Mapping[str, str]) -> None:
        options = vars(self._environment.parsed_options)
        host = form.get("host", "").strip().rstrip("/")
        same = all(form[name] == options[name] for name in _OWN if name in form)
        if not same or host not in {"", LeanUser.host, options["target"]} or form.get("profile", "") != self._profile:
            raise Problem(_ONLY_USERS)
        _require_one_each(options["load"], form["user_count"], options["sharing"])

    def _start(self, form: Mapping[str, str]) -> None:
        """See to it that the lane runs, which may take seconds, and choose it."""
        if self._session.starting:
            raise Problem(f"{self._session.starting} is being started; try again when that test runs")
        options = vars(self._environment.parsed_options)
        # Which lane and which scenario is as it was the last time; all else that is not said is as the scenario has it.
        said = {name: form.get(name, "") for name in _OWN}
        said |= {name: said[name] or options[name] for name in ("lane", "scenario")}
        said["load"] = said["load"] or CLOSED
        chosen = Chosen.of(Namespace(**said))
        base_url = self._base_url(chosen, form.get("host", ""))
        self._session.starting, self._stopped = chosen.lane.name, False
        try:
            sharing = self._session.crew.sharing()
            _require_one_each(said["load"], form["user_count"], sharing)
            ready = self._up(chosen, base_url)
        except BaseException:
            self._session.starting = ""
            raise
        options.update(said, target=ready.base_url, elsewhere=base_url, body=ready.body, sharing=sharing)
        g.trilane_starts = True

    def _up(self, chosen: Chosen, base_url: str) -> Ready:
        ready = self._session.up(chosen, base_url)
        # Much may have happened meanwhile.
        if self._stopped or self._busy():
            raise Problem(f"it was stopped before {chosen.lane.name} was ready; nothing was started")
        return ready

    def _why_not_begun(self) -> str | None:
        """Wait until users come; return why none does, if that is so."""
        runner, deadline_s = self._environment.runner, time.monotonic() + _BEGUN_WITHIN_S
        while runner is not None and runner.state not in BUSY and not (self._stopped or self._session.trouble):
            if time.monotonic() > deadline_s:
                return f"no user came within {_BEGUN_WITHIN_S:.0f} s; see Locust's log, and start again"
            gevent.sleep(_LOOK_S)
        if self._stopped and runner is not None:
            self._abandon(runner)
            return "it was stopped before the first user came"
        return None if runner is None or runner.state in BUSY else self._session.trouble

    def _abandon(self, runner: Runner) -> None:
        """Stop what Locust had not begun yet when it was told to stop."""
        if runner.spawning_greenlet is not None:
            runner.spawning_greenlet.kill(block=True)
        if runner.state in BUSY and not self._session.stopping:
            runner.stop()

    def _refused(self, why: str) -> Response:
        return jsonify({"success": False, "message": why, "host": self._environment.host})

    def _base_url(self, chosen: Chosen, typed: str) -> str:
        """Return where a lane is that runs elsewhere, else nothing; raise `Problem` for a host that is none of ours."""
        lanes = self._settings.lanes or (*targets(),)
        if lanes and chosen.lane.name not in lanes:
            raise Problem(f"lane {chosen.lane.name} is not offered here; choose one of {', '.join(lanes)}")
        known = self._settings.targets or targets()
        options = vars(self._environment.parsed_options)
        host = typed.strip().rstrip("/")
        if (allowed := self._allowed(host)) is not None:
            return allowed
        if host not in {"", LeanUser.host, self._environment.host, options.get("target"), *known.values()}:
            raise Problem(
                f"{typed} is none of Trilane's lanes; leave the host as it is, or start the UI with --allow-host HOST"
            )
        return known.get(chosen.lane.name, "") or ("" if self._settings.channel else str(options.get("target", "")))

    def _allowed(self, host: str) -> str | None:
        """Return the base URL of a host that a person allowed, None for any other."""
        try:
            found = urlsplit(host)
        except ValueError:
            return None
        named = found.scheme == "http" and not found.username and {found.netloc.lower(), found.hostname}
        return base_url("host", host) if named and named & {*self._settings.allowed} else None

    @property
    def _profile(self) -> str:
        return self._environment.profile or ""

    def _busy(self) -> bool:
        runner = self._environment.runner
        if runner is None:
            return False
        if self._session.stopping or runner.state in {STATE_CLEANUP, STATE_STOPPING}:
            raise Problem("the last test is still stopping; start again in a moment")
        return runner.state in BUSY


def _check_users(text: str) -> None:
    # Without its length, a number could be one that Python refuses to read.
    count = int(text) if re.fullmatch(r"[0-9]{1,20}", text) else 0
    if count > _MOST_USERS:
        raise Problem(f"{text} users are too many; give at most {_MOST_USERS}")
    if not count:
        raise Problem(f"user_count must be a whole number from 1 to {_MOST_USERS}, not {text[:30]!r}")


def _require_one_each(load: str, users: str, sharing: int) -> None:
    """Raise `Problem` where a worker would have its share of the arrivals and nobody to send them."""
    if load != CLOSED and int(users) < sharing:
        raise Problem(f"{sharing} workers share the arrivals; give at least {sharing} users, one for each")


def _with_host(response: Response, host: str | None) -> Response:
    if response.is_json:
        response.set_data(jsonify({**response.get_json(), "host": host}).get_data())
    return response
