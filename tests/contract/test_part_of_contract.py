"""An app that has some endpoints alone is asked for these, and what asks for more says so."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from contract.conformance import Outcome, check
from contract.conformance.suite import NEEDS, ONCE, PER_STYLE
from contract.endpoints import BY_NAME

STATS = {"process": "p", "versions": {"python": "3.11"}}


class Greeter(http.server.BaseHTTPRequestHandler):
    """An app of one endpoint, without ids and times."""

    def do_GET(self) -> None:
        found = {"/stats": json.dumps(STATS), "/async/hello": '{"message":"hello"}'}.get(self.path)
        body = (found or "").encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def greeter() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Greeter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_only_what_was_named_is_asked_for_and_the_rest_is_skipped_with_the_reason(greeter: str) -> None:
    found = check(greeter, styles=["async"], endpoints=["hello"])
    left_out = {each.name: each.reason for each in found if each.outcome is Outcome.SKIPPED}
    assert {"async timing", "async connections", "async sessions", "async likes"} <= set(left_out)
    assert set(left_out.values()) == {"it asks for more than hello"}
    named = [each.name for each in found if each.outcome is not Outcome.SKIPPED]
    others = set(BY_NAME) - {"hello", "health", "stats"}
    assert not [name for name in named if any(f" {other}" in name for other in others)]
    assert {each.name for each in found if each.failed} >= {"async hello", "async makes a request id of its own"}


def test_what_a_section_needs_is_known_of_sections_and_endpoints_that_there_are() -> None:
    assert set(NEEDS) <= {*ONCE, *PER_STYLE}
    assert {endpoint for needed in NEEDS.values() for endpoint in needed} <= set(BY_NAME)
