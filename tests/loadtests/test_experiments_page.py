"""The sentences of the experiment `page`, from made-up figures, and what its users send."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from backing.services import Services
from loadtests.experiments.cost import cpu_ms
from loadtests.experiments.experiment import FULL, QUICK
from loadtests.experiments.page import PAGE
from loadtests.experiments.planning import plan
from loadtests.experiments.table import sentences
from loadtests.measurement import probe as probing
from loadtests.measurement.cores import Cores
from loadtests.measurement.notes import notes
from loadtests.measurement.plan import Plan
from loadtests.measurement.probe import Answer, send
from loadtests.measurement.subject import Subject, subjects
from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, Server, served
from tests.loadtests.summaries import cell, detail, summary, verdict

TWO = Cores(servers=frozenset({1}), others=frozenset({0}))
LANE_OF_EACH = ("flask-thread", "fastapi-coroutine", "django-thread")


def subject(lane: str) -> Subject:
    wish = plan(PAGE, PAGE.presets[QUICK], TWO, lanes=[lane]).wish
    return next(each for each in subjects(wish, TWO) if not each.control)


def test_the_lane_with_most_pages_is_named_with_how_far_the_others_are_behind() -> None:
    fastapi = cell("fastapi-coroutine", "page", 32, qps=400.0, p99=90.0, cpu_us_per_request=2_400.0)
    flask = cell("flask-thread", "page", 32, qps=200.0, p99=170.0, cpu_us_per_request=4_800.0, limiter="server cpu")
    django = cell("django-thread", "page", 32, qps=190.0)
    verdicts = [
        verdict(fastapi, flask, "qps", "faster", 2.0, 1.9, 2.1),
        verdict(django, fastapi, "qps", "undecided", 0.95, 0.8, 1.1),
    ]
    behind = detail(flask, ceiling="1 core ÷ 4.8 ms = 208/s")
    said = sentences("page", summary([fastapi, flask, django], verdicts, [behind]))
    assert said[0] == "fastapi-coroutine shows 400 pages per second at 32 users, p99 90 ms."
    assert said[1].startswith("fastapi-coroutine shows 2.0 times [1.9, 2.1] as many pages as flask-thread at 32 users")
    assert said[2].startswith("Whether fastapi-coroutine or django-thread shows more pages at 32 users is undecided")
    assert said[3] == (
        "CPU time of a page at 32 users, cheapest first: 1. fastapi-coroutine 2,400 µs, 1. flask-thread 4,800 µs; "
        "equal ranks were not told apart."
    )
    assert len(said) == 4
    cheaper = verdict(fastapi, flask, "cpu_us_per_request", "faster", 0.5, 0.4, 0.6)
    apart = sentences("page", summary([fastapi, flask, django], [*verdicts, cheaper], [behind]))[3]
    assert apart.endswith("cheapest first: 1. fastapi-coroutine 2,400 µs, 2. flask-thread 4,800 µs.")


def test_equal_lanes_and_missing_figures_are_told() -> None:
    flask, django = (cell(lane, "page", 32, qps=100.0) for lane in ("flask-thread", "django-thread"))
    broken = cell("flask-process", "page", 32, valid=False)
    verdicts = [verdict(flask, django, "qps", "equal", 1.0, 0.97, 1.03)]
    said = sentences("page", summary([flask, django, broken], verdicts))
    assert said[0] == "flask-thread shows 100 pages per second at 32 users, p99 unknown."
    assert said[1] == "flask-thread and django-thread show as many pages at 32 users: 1.00 [0.97, 1.03]."
    assert said[2] == "flask-process at 32 users is not compared: its server ended."
    assert sentences("page", summary([broken], []))[0].startswith("No lane has a valid figure at 32 users")


def test_a_plan_allows_for_more_than_the_floor() -> None:
    assert cpu_ms(subject("flask-thread")) > 2


@pytest.fixture(scope="module")
def servers(private_services: Services, run_folder: Path) -> Iterator[dict[str, Server]]:
    lanes = [LANES[name] for name in LANE_OF_EACH]
    with served(lanes, services=private_services, folder=run_folder, workers=1) as started:
        yield {server.lane.name: server for server in started}


@pytest.mark.parametrize("lane", LANE_OF_EACH)
def test_a_page_is_measured_in_a_session_and_held_to_its_own_bytes(servers: dict[str, Server], lane: str) -> None:
    probed = probing.probe(subject(lane), servers[lane].base_url)
    assert probed.trouble is None
    assert probed.asked is not None
    exchange = probed.asked.exchange
    (name, cookie), *others = exchange.headers
    assert (name, others) == ("Cookie", [])
    assert {"session", "visitor"} == {pair.partition("=")[0] for pair in cookie.split("; ")}
    assert exchange.target == SCENARIOS["page"].target(LANES[lane].styles[0])
    assert exchange.equals is not None
    assert SCENARIOS["page"].contains in exchange.equals
    # Each user has a session of its own, whose page has the same bytes.
    assert len({each.headers for each in probed.asked.exchanges}) == subject(lane).group.users
    assert probed.asked.exchanges[0] == exchange
    assert send(servers[lane].base_url, probed.asked.exchanges[-1]).body == exchange.equals


def test_users_beyond_the_sessions_share_them_and_that_is_noted() -> None:
    wish = plan(PAGE, PAGE.presets[FULL], TWO, lanes=["flask-thread"]).wish
    nothing = Plan(timings={}, rounds={}, turns=(), expected_s=0.0)
    assert [note for note in notes(wish, TWO, nothing) if "sessions" in note] == ["page, 256 users share 64 sessions"]


def test_a_lane_on_which_nobody_can_log_in_is_not_measured() -> None:
    class Nothing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def do_POST(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        trouble = probing.probe(subject("flask-thread"), f"http://127.0.0.1:{server.server_port}").trouble
        server.shutdown()
    assert trouble is not None
    assert trouble.check == "login"
    assert "nobody can log in" in trouble.reason


def test_a_lane_that_shows_another_page_is_not_measured(
    servers: dict[str, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = probing.send

    def another(base_url: str, exchange: Exchange) -> Answer:
        return send(base_url, msgspec.structs.replace(exchange, target=exchange.target.replace("id=1", "id=2")))

    monkeypatch.setattr(probing, "send", another)
    trouble = probing.probe(subject("flask-thread"), servers["flask-thread"].base_url).trouble
    assert trouble is not None
    assert "its page is another one" in trouble.reason
