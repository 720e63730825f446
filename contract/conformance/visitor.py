"""One person with a browser: cookies are kept and sent again, forms are sent as browsers send them."""

from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from contract.conformance.client import Answer, Client

FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")


class Visitor:
    """Somebody whose cookies are kept in `cookies`, by name; one that a site ends is forgotten."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    def get(self, path: str, headers: Sequence[tuple[str, str]] = ()) -> Answer:
        """Ask for a page."""
        return self.ask("GET", path, headers)

    def post_form(self, path: str, values: Mapping[str, str | Sequence[str]]) -> Answer:
        """Send a form; a value that is a list is sent once for each of its items."""
        return self.ask("POST", path, [FORM], urlencode(values, doseq=True).encode())

    def post_json(self, path: str, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> Answer:
        """Send JSON."""
        return self.ask("POST", path, [JSON, *headers], body)

    def ask(self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b"") -> Answer:
        """Send a request with the cookies that are held, and keep what comes back."""
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        own = [("Cookie", held)] if held else []
        answer = self.client.ask(path, method=method, headers=[*own, *headers], body=body)
        for line in answer.every("set-cookie"):
            self._keep(line)
        return answer

    def _keep(self, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            ended = morsel["max-age"] == "0" or morsel["expires"].startswith("Thu, 01 Jan 1970")
            if ended or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.coded_value
