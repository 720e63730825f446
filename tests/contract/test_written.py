"""What no answer shows: the rows that writing by the ORM leaves in the database, in every app."""

import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from backing import direct
from backing.services import Services
from contract.conformance import check
from contract.conformance.answers import encoded
from contract.conformance.client import client
from contract.conformance.orders import KEYS, orders
from contract.conformance.together import ask_together
from contract.conformance.written import own_article
from loadtests.commands.check import forget_orders
from loadtests.servers import LANES, Server, served

LANE_OF = {"flask": "flask-thread", "fastapi": "fastapi-coroutine", "django": "django-coroutine"}
TAGS = "SELECT name FROM tag JOIN article_tag ON tag.id = tag_id WHERE article_id = %s ORDER BY name"
KEPT = 'SELECT count(*) FROM "order" WHERE lower(idempotency_key) LIKE %s'
ORDER = 'INSERT INTO "order" (idempotency_key, article_id, quantity, created_at) VALUES (%s, %s, 1, CURRENT_TIMESTAMP)'


@pytest.fixture(scope="module")
def servers(private_services: Services, run_folder: Path) -> Iterator[dict[str, Server]]:
    lanes = [LANES[name] for name in LANE_OF.values()]
    with served(lanes, services=private_services, folder=run_folder, workers=1) as started:
        yield {server.lane.app: server for server in started}


def rows(services: Services, query: str, *values: object) -> list[object]:
    with direct.cursor(services.database_url) as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("style", ["sync", "async"])
@pytest.mark.parametrize("app", LANE_OF)
def test_tags_are_rows_and_go_with_their_article(
    servers: dict[str, Server], private_services: Services, app: str, style: str
) -> None:
    with client(servers[app].base_url) as own, own_article(own) as article_id:
        path = f"/{style}/articles/{article_id}"
        for tags in (["web", "async"], ["async", "zoo"], ["zoo"]):
            assert own.ask(f"{path}/tags", method="PUT", body=encoded({"tags": tags})).status == 200
            assert rows(private_services, TAGS, article_id) == sorted(tags)
        assert own.ask(path, method="DELETE").status == 204
        assert rows(private_services, TAGS, article_id) == []


@pytest.mark.parametrize("style", ["sync", "async"])
@pytest.mark.parametrize("app", LANE_OF)
def test_an_article_that_was_ordered_stays(
    servers: dict[str, Server], private_services: Services, app: str, style: str
) -> None:
    with client(servers[app].base_url) as own, own_article(own) as article_id:
        with direct.cursor(private_services.database_url) as cursor:
            cursor.execute(ORDER, (token_hex(16), article_id))
        try:
            answer = own.ask(f"/{style}/articles/{article_id}", method="DELETE")
            assert (answer.status, json.loads(answer.body)["error"]["code"]) == (409, "conflict")
        finally:
            with direct.cursor(private_services.database_url) as cursor:
                cursor.execute('DELETE FROM "order" WHERE article_id = %s', (article_id,))


@pytest.mark.parametrize("style", ["sync", "async"])
@pytest.mark.parametrize("app", LANE_OF)
def test_many_who_change_one_article_at_once_are_told_who_came_too_late_and_nothing_fails(
    servers: dict[str, Server], private_services: Services, app: str, style: str
) -> None:
    base_url = servers[app].base_url
    with client(base_url) as own, own_article(own) as article_id:
        path = f"/{style}/articles/{article_id}"
        for tags in (["web", "async", "zoo"], ["zoo"], ["web", "async"]):
            changed = ask_together(base_url, [f"{path}/tags"] * 16, method="PUT", body=encoded({"tags": tags}))
            assert 200 in {answer.status_code for answer in changed.answers} <= {200, 409, 503}
        assert rows(private_services, TAGS, article_id) == ["async", "web"]
        gone = ask_together(base_url, [path] * 16, method="DELETE")
        assert 204 in {answer.status_code for answer in gone.answers} <= {204, 404, 409, 503}
        assert rows(private_services, TAGS, article_id) == []
        assert own.ask(path).status == 404


def test_what_the_suite_has_ordered_can_be_removed_again(
    servers: dict[str, Server], private_services: Services
) -> None:
    checks = check(servers["fastapi"].base_url, styles=["sync"], sections=[orders])
    assert [each for each in checks if each.failed] == []
    assert rows(private_services, KEPT, f"{KEYS}%") == [3]
    forget_orders(private_services.database_url)
    assert rows(private_services, KEPT, f"{KEYS}%") == [0]
