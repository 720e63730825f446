"""Users that each send a request of their own: each has to get its own answer."""

from loadtests.agent_client import Agent
from loadtests.messages import Exchange
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import Peer, Synthetic, synthetic

OWN = tuple(Exchange(target=f"/{number}", equals=b"%d" % number, length=1) for number in range(3))


async def respond(peer: Peer, body: bytes) -> str:
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    return "right"


def asked(server: Synthetic) -> bytes:
    """Return the path of the request that is being answered, without its slash."""
    return server.heads[-1].split(b" ")[1].removeprefix(b"/")


def test_each_user_sends_an_exchange_of_its_own_and_gets_its_answer(load_agent: Agent) -> None:
    servers: list[Synthetic] = []

    async def behave(_: int, peer: Peer) -> str:
        paths.setdefault(peer.number, set()).add(asked(servers[0]))
        return await respond(peer, asked(servers[0]))

    paths: dict[int, set[bytes]] = {}
    with synthetic(behave) as server:
        servers.append(server)
        seen = load_agent.load(load_of(server, users=6, exchanges=OWN))
    assert seen.errors == {}
    assert seen.requests > 6
    assert sorted(paths.values(), key=sorted) == [{b"0"}, {b"0"}, {b"1"}, {b"1"}, {b"2"}, {b"2"}]


def test_an_answer_that_belongs_to_another_user_is_counted_as_such(load_agent: Agent) -> None:
    async def behave(_: int, peer: Peer) -> str:
        return await respond(peer, b"1")

    with synthetic(behave) as server:
        seen = load_agent.load(load_of(server, users=3, exchanges=OWN))
    assert set(seen.errors) == {"wrong_body"}
    assert 0 < seen.errors["wrong_body"] < seen.requests


def test_an_open_load_sends_them_too(load_agent: Agent) -> None:
    servers: list[Synthetic] = []

    async def behave(_: int, peer: Peer) -> str:
        return await respond(peer, asked(servers[0]))

    with synthetic(behave) as server:
        servers.append(server)
        seen = load_agent.load(load_of(server, users=50, exchanges=OWN, rate=200.0))
    assert seen.errors == {}
    assert seen.requests > 10
