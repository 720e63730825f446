"""Every scenario has a user that Locust's own command can start; a leak shows there too."""

import json
import subprocess
import sys

import pytest

from loadtests.scenarios import SCENARIOS
from tests.loadtests.synthetic import Peer, Synthetic, synthetic
from tests.loadtests.test_load_locustfile import ROOT, locust


async def echo(peer: Peer, token: str) -> str:
    body = json.dumps({"token": token, "view": token}, separators=(",", ":")).encode()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    return "right"


@pytest.mark.parametrize("leaks", [False, True])
def test_a_context_user_tells_its_own_token_from_that_of_another(*, leaks: bool) -> None:
    place: list[Synthetic] = []

    async def answer(_: int, peer: Peer) -> str:
        target = place[0].heads[-1].split(b" ")[1].decode()
        own = target.partition("token=")[2].partition("&")[0]
        tokens.add(own)
        return await echo(peer, "user-0000" if leaks else own)

    tokens: set[str] = set()
    with synthetic(answer) as server:
        place.append(server)
        ended = locust({"flask-thread": server.base_url}, "--scenario", "context")
    (row,) = json.loads(ended.stdout)
    assert tokens == {"user-0000", "user-0001", "user-0002"}
    assert (row["num_failures"] > 0) == leaks


def test_every_scenario_has_a_user() -> None:
    # In a process of its own: Locust patches the interpreter.
    own = "[vars(file)[name].scenario for name in file.__all__]"
    ask = f"import json; from loadtests import locustfile as file; print(json.dumps({own}))"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(json.loads(done.stdout)) == sorted(SCENARIOS)
