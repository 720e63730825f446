"""A user who behaves like a visitor: `locust -f loadtests/users/visitor.py --lane LANE`.

One visit is: see the form, log in, read pages, like one, order, log out, with time to think before each step. It takes
part whatever scenario is chosen. Likes go to an article that all visitors of this process share, and that the last one
removes; orders stay, and are of an article that stays too.
"""

import time
from collections.abc import Mapping
from random import randint
from secrets import token_hex
from typing import ClassVar
from urllib.parse import urlencode

from gevent.lock import RLock
from locust import User, between, task
from locust.exception import RescheduleTask

import loadtests.locustfile  # noqa: F401 - it offers --lane and --target
from contract.bodies import encode
from contract.conformance.html import value_of
from contract.conformance.visitor import FORM, JSON
from contract.forms import CSRF_FIELD, RIGHT
from contract.queries import ARTICLES
from contract.rows.writing import KEY
from contract.sent import NewOrder
from loadtests.load.connection import Connection
from loadtests.load.failures import Failed
from loadtests.load.wire import Address, Wanted
from loadtests.messages import Exchange
from loadtests.users.choice import Choice
from loadtests.users.lean import LeanUser, leave, watch
from loadtests.users.order import ARTICLE
from loadtests.visiting import make_article, remove_article

PAGES = 3
KNOWN, NOBODY = f'"name":"{RIGHT["name"]}"'.encode(), b'"name":null'


class Visitor(User):
    """Somebody with a browser of their own, which keeps its cookies and one connection."""

    mixed = True
    host = LeanUser.host
    wait_time = between(1, 3)
    _making = RLock()
    _sharing: ClassVar[list["Visitor"]] = []
    _liked: ClassVar[tuple[str, int]]

    def on_start(self) -> None:
        """Find the lane that was chosen, and the article that is liked; the connection opens with the first request."""
        choice = Choice.of(self.environment.parsed_options)
        self._lane, self._style, self._base_url = choice.lane.name, choice.lane.styles[0], choice.base_url
        self._address = Address.of(choice.base_url)
        self._connection = self._new_browser()
        with self._making:
            if not self._sharing:
                Visitor._liked = (self._base_url, make_article(self._base_url))
            self._sharing.append(self)

    def on_stop(self) -> None:
        """Close the connection, and leave nothing behind that can be removed."""
        leave(self._connection)
        with self._making:
            if self in self._sharing:
                self._sharing.remove(self)
                if not self._sharing:
                    remove_article(*self._liked)

    def _new_browser(self) -> Connection:
        connection = Connection(self._address, cookies={})
        watch(connection)
        return connection

    @task
    def visit(self) -> None:
        """Make one visit."""
        form = self._get("see the form", "forms/login", contains=CSRF_FIELD.encode())
        sent = {**RIGHT, CSRF_FIELD: value_of(form, CSRF_FIELD) or ""}
        self._post("log in", "session/login", FORM, urlencode(sent).encode(), contains=KNOWN)
        for _ in range(PAGES):
            self._get("read", f"page?id={randint(1, ARTICLES)}", contains=RIGHT["name"].encode())
        self._post("like", f"articles/{self._liked[1]}/like?lock=optimistic", contains=b'"likes":')
        order = encode(NewOrder(article_id=ARTICLE, quantity=1))
        self._post(
            "order", "orders", JSON, order, status=201, headers={KEY.name: token_hex(8)}, contains=b'"quantity":1'
        )
        self._post("log out", "session/logout", contains=NOBODY)

    def _get(self, step: str, path: str, *, contains: bytes) -> bytes:
        return self._ask(step, Exchange(target=f"/{self._style}/{path}", contains=contains))

    def _post(
        self,
        step: str,
        path: str,
        kind: tuple[str, str] | None = None,
        body: bytes = b"",
        *,
        contains: bytes,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        told = (*((kind,) if kind else ()), *(headers or {}).items())
        target = f"/{self._style}/{path}"
        return self._ask(
            step,
            Exchange(target=target, method="POST", headers=told, body=body, status=status, contains=contains),
        )

    def _ask(self, step: str, exchange: Exchange) -> bytes:
        """Think, then take a step; the visit ends where it fails."""
        self.wait()  # type: ignore[no-untyped-call]
        wanted, failure = Wanted.of(exchange, self._address.host), ""
        start_ns = time.monotonic_ns()
        with self._connection.attended():
            try:
                self._connection.exchange(wanted, start_ns)
            except Failed as failed:
                failure = failed.kind
        body = b"" if failure else self._connection.answer.body
        self.environment.events.request.fire(
            request_type=exchange.method,
            name=f"{self._lane} {step}",
            response_time=(self._connection.ended_ns - start_ns) / 1e6,
            response_length=len(body),
            exception=failure or None,
            context={},
        )
        if failure:
            # The next visit begins with a new browser, in which nobody is logged in.
            leave(self._connection)
            self._connection = self._new_browser()
            raise RescheduleTask
        return body
