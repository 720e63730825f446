"""Sessions in a dictionary of the process, where there are two processes: who is logged in is nobody to one of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contract.bodies import Me, encode
from contract.forms import RIGHT
from loadtests.measurement.errors import failed
from loadtests.messages import Exchange, Load
from loadtests.report.numbers import MISSING
from loadtests.servers import Server
from loadtests.visiting import logged_in
from tests.proofs.naively.checkout import Piece, checkout
from tests.proofs.naively.stage import Stage
from tests.proofs.writing import table

USERS = 64
WINDOW_S = 3.0
# Half of all attempts is what two processes refuse.
MOST_REFUSED = 10 * USERS
SOMEBODY, NOBODY = encode(Me(RIGHT["name"])), encode(Me(None))
WRONG = "wrong_body"

_IN_A_DICTIONARY = '''\
SESSIONS: dict[str, bytes] = {}


class InDictionary(InValkey):
    """Sessions in this process."""

    def _retrieve_session_data(self, store_id):
        return self.serializer.decode(SESSIONS[store_id]) if store_id in SESSIONS else None

    def _delete_session(self, store_id):
        SESSIONS.pop(store_id, None)

    def _upsert_session(self, session_lifetime, session, store_id):
        SESSIONS[store_id] = self.serializer.encode(session)


'''
_FLASK, _FASTAPI = "flask_app/stores.py", "fastapi_app/stores.py"
# In the place of Valkey, so the copies are told to keep sessions there.
DICTIONARY: Mapping[str, tuple[Piece, ...]] = {
    "flask-process": (
        Piece(_FLASK, "def install(app: Flask) -> None:\n", f"{_IN_A_DICTIONARY}def install(app: Flask) -> None:\n"),
        Piece(_FLASK, "InValkey(app, Redis(", "InDictionary(app, Redis("),
    ),
    "fastapi-process": (
        Piece(_FASTAPI, "PREFIX = ", "SESSIONS: dict[str, str] = {}\nPREFIX = "),
        Piece(_FASTAPI, "await client_async().get(PREFIX + cookie) if cookie else None", "SESSIONS.get(cookie)"),
        Piece(_FASTAPI, "await client_async().delete(PREFIX + dead)", "SESSIONS.pop(dead, None)"),
        # What was not kept is told to nobody there; a dictionary keeps it, and says nothing.
        Piece(
            _FASTAPI,
            "if not await client_async().set(PREFIX + session.key, text, ex=lifetime_s, xx=known):",
            "if SESSIONS.update({session.key: text}):",
        ),
    ),
}
KEPT = {"a dictionary": "valkey", "a signed cookie": "cookie", "Valkey": "valkey"}
_NAIVE = next(iter(KEPT))
_HEAD = ("lane", "sessions in", "logins", "refused", "requests", "nobody's", "share", "other failures")


@dataclass(frozen=True)
class Known:
    """What became of people who were logged in: how many tries that took, and what they were answered then.

    `first_error` is what the load agent says of the first answer that was not right.
    """

    lane: str
    kept: str
    refused: int
    requests: int
    errors: dict[str, int]
    first_error: str | None

    @property
    def lost(self) -> int:
        """Return how many answers were whole and none of theirs."""
        return self.errors.get(WRONG, 0)

    @property
    def other(self) -> int:
        """Return how many requests failed in any other way."""
        return failed(self.errors) - self.lost


def measure(up: Stage) -> list[Known]:
    """Let people log in to each lane, and ask who they are, with sessions kept in each of the three places."""
    return [_known(up, lane, kept) for lane in DICTIONARY for kept in KEPT]


def _known(up: Stage, lane: str, kept: str) -> Known:
    pieces = DICTIONARY[lane] if kept == _NAIVE else ()
    with checkout("sessions", pieces) as folder:
        return _asked(up, lane, kept, folder)


def _asked(up: Stage, lane: str, kept: str, folder: Path) -> Known:
    with up.serve(lane, folder, session_store=KEPT[kept]) as server:
        cookies, refused = _log_in(server)
        own = exchanges(server.lane.styles[0], cookies)
        load = Load(
            key=server.base_url,
            base_url=server.base_url,
            exchange=own[0],
            exchanges=own,
            users=USERS,
            settle_s=0.3,
            window_s=WINDOW_S,
        )
        found = up.load.load(load)
        up.load.close(load.key)
    return Known(lane, kept, refused, found.window_requests, found.window_errors, found.first_error)


def _log_in(server: Server) -> tuple[list[str], int]:
    """Log in so many people, each of whom tries until it works; return their cookies, and how often it did not."""
    cookies: list[str] = []
    refused = 0
    while len(cookies) < USERS:
        try:
            cookies.append(logged_in(server.base_url, server.lane.styles[0]))
        except ValueError:
            refused += 1
            if refused > MOST_REFUSED:
                raise AssertionError(f"{server.name}: {refused} logins were refused") from None
    return cookies, refused


def exchanges(style: str, cookies: Sequence[str]) -> tuple[Exchange, ...]:
    """Return what each asks, and the only right answer: the name under which they logged in."""
    target = f"/{style}/session/me"
    return tuple(Exchange(target=target, headers=(("Cookie", cookie),), equals=SOMEBODY) for cookie in cookies)


def lines(found: Sequence[Known]) -> Iterator[str]:
    """Yield the section."""
    yield from ("## Sessions: a dictionary in the process", "")
    yield f"Two workers. {USERS} people log in with a form that they ask for first, each as often as it takes. Then"
    yield f"these {USERS} users ask who they are, for {WINDOW_S:g} s, and the load agent holds each answer to the name"
    yield "that they gave. *Nobody's* are answers with status 200 to somebody who is not logged in."
    yield from ("", *table(_HEAD, [row(each) for each in found]), "")
    yield from (f"- {each.lane}, {each.kept}: the first: `{each.first_error}`." for each in found if each.first_error)
    yield ""


def row(each: Known) -> tuple[str, ...]:
    """Return a line of the table."""
    share = f"{each.lost / each.requests:.1%}" if each.requests else MISSING
    counts = (f"{USERS:,}", f"{each.refused:,}", f"{each.requests:,}", f"{each.lost:,}")
    return (each.lane, each.kept, *counts, share, f"{each.other:,}")


def criteria(found: Sequence[Known]) -> dict[str, bool]:
    """Return what has to be seen of each lane."""
    sound = [each for each in found if each.kept != _NAIVE]
    naive = [each for each in found if each.kept == _NAIVE]
    return {
        "with a dictionary, the load agent finds answers to people who are logged in that are nobody's, in "
        f"{' and '.join(each.lane for each in naive)}": all(_is_nobodys(each) for each in naive),
        "in a cookie and in Valkey nobody is refused, and every answer is right": all(
            each.requests and not each.refused and not failed(each.errors) for each in sound
        ),
    }


def _is_nobodys(each: Known) -> bool:
    return each.lost > 0 and repr(NOBODY) in (each.first_error or "")
