"""Log in to a lane, as a visitor does, for faults that only somebody with a session can feel."""

from contract.conformance.client import client
from contract.conformance.people import logged_in
from contract.conformance.target import Target
from contract.sessions import COOKIE
from loadtests.servers import Server


def cookie(server: Server) -> tuple[tuple[str, str], ...]:
    """Return the header that tells the server who asks."""
    with client(server.base_url) as own:
        style = server.lane.styles[0]
        target = Target(own, server.base_url, style, server.lane.app, server.stack, server.workers)
        return (("Cookie", f"{COOKIE}={logged_in(target).cookies[COOKIE]}"),)
