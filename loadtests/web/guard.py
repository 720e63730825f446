"""Who may speak to the web UI: what is wrapped around all of Locust's and of our own pages.

Locust answers any origin and knows no password. This stands outside of its Flask app, so that nothing in there, an
error page included, is answered to a stranger.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import TypeAlias
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ALIVE = "/trilane/alive"
"""Tells anybody that the UI is up, and nothing else."""

_PORT = re.compile(r":\d+$")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_Headers: TypeAlias = list[tuple[str, str]]
# Locust's page has a script and styles inside; nothing of another host is loaded, sent to, or may frame it.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
_ADDED: _Headers = [
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]


class Guard:
    """Lets through what comes from one of our own pages or from no page at all; `names` are ours, without ports.

    A page of another port of this machine is another site: what counts is that origin and host are the same. The port
    itself may be another one than ours, where a container's is published.
    """

    def __init__(self, app: WSGIApplication, names: Sequence[str], token: str) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)
        self._token = token

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or let the app do it."""
        if (why := self._foreign(environ)) is not None:
            return _answer(start_response, HTTPStatus.FORBIDDEN, why)
        if environ["PATH_INFO"] == ALIVE and environ["REQUEST_METHOD"] in _SAFE:
            return _answer(start_response, HTTPStatus.OK, "it is up")
        if self._token and not self._knows_token(environ.get("HTTP_AUTHORIZATION", "")):
            asked = [("WWW-Authenticate", 'Basic realm="Trilane", charset="UTF-8"')]
            return _answer(start_response, HTTPStatus.UNAUTHORIZED, "a token is needed: give it as the password", asked)
        return self._app(environ, _hardened(start_response))

    def _foreign(self, environ: WSGIEnvironment) -> str | None:
        """Say why a request comes from elsewhere: by a name that is not ours, or from another site's page."""
        host = environ.get("HTTP_HOST", "").lower()
        if _PORT.sub("", host) not in self._names:
            return f"the host {host!r} is not this UI's: use one of {', '.join(sorted(self._names))}"
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin.lower() != f"http://{host}":
            return f"the origin {origin!r} is not this UI's own"
        # A link to a page is followed from anywhere; what else another site's page sends tells no `Origin` at times.
        crossed = environ.get("HTTP_SEC_FETCH_SITE") in {"cross-site", "same-site"}
        opened = environ.get("HTTP_SEC_FETCH_MODE") == "navigate" and environ["REQUEST_METHOD"] in _SAFE
        return "another site's page sent this" if crossed and not opened else None

    def _knows_token(self, header: str) -> bool:
        """Tell whether `Authorization` names the token: as `Bearer`, or as the password of any user."""
        kind, _, said = header.partition(" ")
        given = said.strip()
        if kind.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return False
        elif kind.lower() != "bearer":
            return False
        return hmac.compare_digest(given.encode(), self._token.encode())


def _hardened(start_response: StartResponse) -> StartResponse:
    """Take Locust's leave for any origin out of a response, and put in what keeps others out."""

    def start(status: str, headers: _Headers, exc_info: object = None) -> Callable[[bytes], object]:
        own = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, own + _ADDED, exc_info)  # type: ignore[arg-type]  # handed on as it came

    return start


def _answer(start_response: StartResponse, status: HTTPStatus, why: str, more: _Headers | None = None) -> list[bytes]:
    body = f"{why}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", [*headers, *(more or []), *_ADDED])
    return [body]
