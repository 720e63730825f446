"""Ask an app over real HTTP, keeping what the checks look at: no redirect is followed, no header is dropped."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

TIMEOUT_S = 60.0
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """A response as it came over the wire; `client_port` tells which connection carried it."""

    request_id: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client_port: int

    def header(self, name: str) -> str | None:
        """Return the header's only value, or None; two of them are told apart by a line break."""
        found = self.every(name)
        return "\n".join(found) if found else None

    def every(self, name: str) -> list[str]:
        """Return all values of the header, in their order."""
        return [value for key, value in self.headers if key == name.lower()]


class Client:
    """One person asking: connections are kept alive where the server allows it."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Sequence[tuple[str, str]] = (),
        request_id: str | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Send one request under a request id of its own; raise `httpx.HTTPError` when there is no answer."""
        own = request_id or new_request_id()
        return self.send(method, path, [("X-Request-ID", own), *headers], request_id=own, body=body)

    def send(
        self, method: str, path: str, headers: Sequence[tuple[str, str]], *, request_id: str = "", body: bytes = b""
    ) -> Answer:
        """Send one request with exactly these headers beside the client's own."""
        raw = [(name.encode(), value.encode()) for name, value in headers]
        # What begins with two slashes would be taken for the name of a host.
        url = self._http.base_url.copy_with(raw_path=path.encode()) if path.startswith("//") else path
        with self._http.stream(method, url, headers=raw, content=body or None) as response:
            # Before the body: at its end the connection may be closed.
            address = response.extensions["network_stream"].get_extra_info("client_addr")
            body = b"".join(response.iter_raw())
        found = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw)
        return Answer(request_id, response.status_code, found, body, address[1])


def new_request_id() -> str:
    """Return an id that no other request of this machine has."""
    return f"check-{os.getpid()}-{next(_numbers)}"


@contextmanager
def client(base_url: str) -> Iterator[Client]:
    """Open a client for one base URL; the proxies of the environment are ignored."""
    # The client never gives up an idle connection, so one that is gone was closed by the server.
    kept = httpx.Limits(keepalive_expiry=None)
    # Nor does it keep cookies: whose request it is that carries one is up to whoever asks.
    none = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    with httpx.Client(base_url=base_url, timeout=TIMEOUT_S, limits=kept, trust_env=False, cookies=none) as http:
        yield Client(http)
