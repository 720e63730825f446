"""Locust's visitors on the real sites: whole visits with think time, without a failure and with nothing left behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from backing.services import Services
from contract.bodies import Visits
from contract.conformance.client import client
from contract.queries import ARTICLES
from loadtests.servers import LANES, Server, served

ROOT = Path(__file__).parents[2]
LANE_OF_EACH = ("flask-thread", "fastapi-coroutine", "django-coroutine")
STEPS = ("see the form", "log in", "read", "like", "order", "log out")
# Visitors who think for a tenth of the time, so that a visit fits into a test.
HASTY = """
from locust import between

from loadtests.users import visitor


class Hasty(visitor.Visitor):
    wait_time = between(0.1, 0.3)
"""


@pytest.fixture(scope="module")
def servers(private_services: Services, run_folder: Path) -> Iterator[dict[str, Server]]:
    lanes = [LANES[name] for name in LANE_OF_EACH]
    with served(lanes, services=private_services, folder=run_folder, workers=1) as started:
        yield {server.lane.name: server for server in started}


@pytest.mark.parametrize("lane", LANE_OF_EACH)
def test_visitors_log_in_read_like_order_and_log_out(
    servers: dict[str, Server], private_services: Services, tmp_path: Path, lane: str
) -> None:
    before, orders = visits(servers[lane]), count(private_services, 'SELECT count(*) FROM "order"')
    file = tmp_path / "hasty.py"
    file.write_text(HASTY)
    ended = locust({lane: servers[lane].base_url}, file, "-u", "4", "-r", "4", "-t", "6s", "--lane", lane)
    assert ended.returncode == 0, ended.stderr
    rows = {row["name"].removeprefix(f"{lane} "): row for row in json.loads(ended.stdout)}
    assert tuple(sorted(rows)) == tuple(sorted(STEPS))
    assert {name: row["num_failures"] for name, row in rows.items()} == dict.fromkeys(STEPS, 0)
    assert rows["log out"]["num_requests"] >= 4
    assert rows["read"]["num_requests"] >= 3 * rows["log out"]["num_requests"]
    after = visits(servers[lane])
    # What was on its way at the end was counted by the site, and not by Locust.
    shown = rows["see the form"]["num_requests"] + rows["read"]["num_requests"]
    assert 0 <= after.pv - before.pv - shown <= 4
    assert after.uv - before.uv == 4
    assert 0 <= after.login_renders - before.login_renders - rows["see the form"]["num_requests"] <= 4
    ordered = count(private_services, 'SELECT count(*) FROM "order"') - orders
    assert 0 <= ordered - rows["order"]["num_requests"] <= 4
    assert count(private_services, "SELECT count(*) FROM article WHERE id > %s", ARTICLES) == 0


def test_a_visit_ends_where_a_step_fails_and_begins_anew(tmp_path: Path, servers: dict[str, Server]) -> None:
    file = tmp_path / "clumsy.py"
    file.write_text(HASTY.replace("class Hasty", "visitor.KNOWN = b'nobody-of-this-name'\n\n\nclass Hasty"))
    lane = "flask-thread"
    ended = locust({lane: servers[lane].base_url}, file, "-u", "2", "-r", "2", "-t", "4s", "--lane", lane)
    assert ended.returncode == 1
    rows = {row["name"].removeprefix(f"{lane} "): row for row in json.loads(ended.stdout)}
    assert set(rows) == {"see the form", "log in"}
    assert rows["log in"]["num_failures"] == rows["log in"]["num_requests"] >= 2
    assert rows["see the form"]["num_failures"] == 0


def locust(targets: dict[str, str], file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {"TRILANE_TARGETS": json.dumps(targets), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--json", *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def visits(server: Server) -> Visits:
    with client(server.base_url) as own:
        return Visits(**json.loads(own.ask("/visits").body))


def count(services: Services, query: LiteralString, *values: int) -> int:
    with psycopg.connect(services.database_url) as connection:
        row = connection.execute(query, values).fetchone()
        assert row is not None
        return int(row[0])
