"""`trilane check` as a person types it."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backing.services import Services
from contract.conformance import Outcome, check
from loadtests.servers import LANES, served
from loadtests.servers.serving import serving


def trilane(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "loadtests", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def stranger() -> Iterator[str]:
    """A server that knows nothing of the contract."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_lane_that_keeps_the_contract_ends_with_code_0() -> None:
    done = trilane("check", "fastapi-coroutine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The contract is kept." in done.stdout


def test_a_server_that_knows_nothing_of_the_contract_ends_with_code_1_and_says_what_is_wrong(stranger: str) -> None:
    done = trilane("check", stranger)
    assert done.returncode == 1
    assert "/stats" in done.stdout


def test_an_address_at_which_nobody_listens_ends_with_code_1_and_names_the_reason() -> None:
    done = trilane("check", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "refused" in done.stdout


@pytest.mark.parametrize(
    ("words", "named"),
    [(["no-such-lane"], "no-such-lane"), (["flask-thread", "--stack", "old"], "'old'"),
     (["flask-thread", "--session-store", "jar"], "'jar'"), (["http://127.0.0.1:9", "--style", "odd"], "'odd'"),
     (["flask-thread", "--style", "odd"], "'odd'"), (["flask-thread", "--endpoint", "hello,odd"], "'odd'"),
     (["ftp://127.0.0.1"], "ftp")],
)  # fmt: skip
def test_a_wrong_word_ends_with_code_2_and_one_line_that_names_it(words: list[str], named: str) -> None:
    done = trilane("check", *words)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_every_check_can_be_had_as_json(stranger: str) -> None:
    (found,) = json.loads(trilane("check", stranger, "--json").stdout)
    assert found["target"] == stranger
    assert {"name", "outcome", "reason"} == set(found["checks"][0])


def test_what_needs_one_worker_is_left_out_with_its_reason_when_two_answer(
    private_services: Services, run_folder: Path
) -> None:
    lane = LANES["fastapi-process"]
    with served([lane], services=private_services, folder=run_folder, workers=2) as (server,):
        checks = check(server.base_url, styles=lane.styles, serving=serving(lane))
    assert [found.reason for found in checks if found.failed] == []
    left_out = [found for found in checks if found.outcome is Outcome.SKIPPED]
    assert left_out
    assert all("2 processes answer" in found.reason for found in left_out)
