"""What a person asks to be counted: an endpoint with its parameters, checked before anything is started."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from urllib.parse import urlencode

import msgspec

from backing.problem import Problem
from contract.endpoints import BY_NAME, Endpoint
from loadtests.servers.lanes import Lane

FLOOR = "hello"
_APP = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
# The topics whose endpoints cannot answer without PostgreSQL or Valkey.
_LEANING = frozenset({"articles", "orm", "pages", "visits"})
_NO_GREENLETS = ("uvicorn", "granian", "asgi")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint with its parameters as they go into the URL; `status` is what it answers."""

    endpoint: str
    params: dict[str, str | int]
    status: int

    @property
    def row(self) -> Endpoint:
        """Return the endpoint's row in the contract."""
        return BY_NAME[self.endpoint]

    @property
    def needs_services(self) -> bool:
        """Tell whether it asks PostgreSQL or Valkey for something."""
        return self.row.topic in _LEANING or self.endpoint == "health"

    def target(self, style: str) -> str:
        """Return path and query under `style`."""
        query = dict(self.params)
        in_path = {name: query.pop(name) for name in self.params if f"{{{name}}}" in self.row.path}
        url = self.row.url(style, **in_path)
        return f"{url}?{urlencode(query)}" if query else url


def wanted(endpoint: str, assignments: Sequence[str] = ()) -> Wanted:
    """Read what was typed (`name=value` each); raise `Problem` for what is unknown, missing or cannot be counted.

    Parameters that were not given stay out of the URL: the app's own defaults hold, as in the scenarios.
    """
    if endpoint not in BY_NAME:
        likely = get_close_matches(endpoint, BY_NAME, n=1)
        hint = f"did you mean {likely[0]}" if likely else f"use one of {', '.join(BY_NAME)}"
        raise Problem(f"--endpoint {endpoint}: there is no such endpoint; {hint}")
    if BY_NAME[endpoint].method != "GET":
        raise Problem(f"--endpoint {endpoint}: it writes, and only reading can be repeated; use another endpoint")
    params = _params(BY_NAME[endpoint], dict(_assigned(text) for text in assignments))
    _refuse_waiting(endpoint, params)
    return Wanted(endpoint=endpoint, params=params, status=_status(endpoint, params))


def _assigned(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise Problem(f"--param {text}: write it as name=value, for example --param receivers=10")
    return name, value


def _params(endpoint: Endpoint, given: Mapping[str, str]) -> dict[str, str | int]:
    known = {parameter.name: parameter for parameter in endpoint.parameters}
    for name in given:
        if name not in known:
            raise Problem(f"--param {name}: {endpoint.name} has {', '.join(known) or 'no parameters'}")
    params: dict[str, str | int] = {}
    for name, parameter in known.items():
        try:
            value = parameter.read(given.get(name))
        except ValueError as rule:
            raise Problem(f"--param {name}={given.get(name, '')}: {rule}") from None
        if name in given or parameter.default is None:
            params[name] = value
    return params


def _refuse_waiting(endpoint: str, params: Mapping[str, str | int]) -> None:
    if endpoint in {"wait", "upstream"} or params.get("hold_ms"):
        raise Problem(
            f"--endpoint {endpoint}: its cost is waiting, and who waits executes no instructions; "
            "use `trilane compare --scenario wait` for it, or another endpoint here"
        )
    if endpoint == "journal":
        raise Problem("--endpoint journal: it answers about a traced request and none is sent here; use another")


def _status(endpoint: str, params: Mapping[str, str | int]) -> int:
    if endpoint != "fail":
        return 200
    return 418 if params.get("kind") == "abort" else 500


def app_of(lane: Lane) -> str:
    """Return `module:attribute` of the app that the lane's server loads."""
    named = [word for word in lane.command if _APP.fullmatch(word)]
    if not named:
        raise Problem(f"the lane {lane.name} names no app as module:attribute in its command, so none can be called")
    return named[-1]


def greenlets(lane: Lane) -> bool:
    """Tell whether the lane's server patches the interpreter for greenlets."""
    return lane.model == "greenlet" and not any(word in " ".join(lane.command) for word in _NO_GREENLETS)
