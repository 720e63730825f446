"""How many workers a target takes follows from what was measured; two of them do nearly twice what one does."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loadtests.measurement.cores import available
from loadtests.servers.stacks import ROOT
from loadtests.workers import reach
from loadtests.workers.reach import Reach
from tests.proofs.reach import said

FOUND = Reach(
    per_s=20_000,
    core_share=1.0,
    cpu_us_per_request=50.0,
    bytes_per_request=250.0,
    two_over_one=1.9,
    server_share=0.5,
    cores_shared=False,
    users=64,
    rounds=7,
    seconds=1,
)


def but(**changed: Any) -> Reach:
    return msgspec.structs.replace(FOUND, **changed)


def test_a_target_takes_as_many_workers_as_keep_below_what_counts_of_their_cores() -> None:
    assert FOUND.worker_per_s == pytest.approx(17_000)
    assert [FOUND.workers_for(target) for target in (17_000, 17_001, 1_000_000)] == [1, 2, 59]
    assert FOUND.gigabits_for(1_000_000) == pytest.approx(2.0)


def test_what_two_workers_could_not_show_is_said() -> None:
    assert FOUND.about_two == "Two workers on a core each do 1.90 times what one does."
    assert "was not measured" in but(two_over_one=None, server_share=None).about_two
    assert "the server was 95% busy: they can do more" in but(server_share=0.95).about_two


def test_the_figures_in_the_documentation_are_those_that_were_measured() -> None:
    found = msgspec.json.decode((ROOT / "docs" / "proofs" / "reach.json").read_bytes(), type=Reach)
    told = "\n".join(said(found)) + "\n"
    assert "1,000,000 requests/s take" in told
    for name in ("proofs/reach.md", "distributed.md"):
        assert told in (ROOT / "docs" / name).read_text(), f"docs/{name}: run `python -m tests.proofs reach` again"


def test_what_a_worker_would_do_with_the_core_that_it_did_not_have_is_called_extrapolated() -> None:
    assert "that is where it goes, to 17,000 requests/s" in FOUND.about_one
    assert (
        "that is 17,000 requests/s, extrapolated by its CPU time, since it had 21% here"
        in but(core_share=0.21).about_one
    )


@pytest.mark.slow
def test_the_command_computes_how_many_workers_a_target_takes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loadtests", "calibrate", "--reach", "1000000", "--rounds", "2", "--json"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = json.loads(told)
    by_hand = 1_000_000 / (0.85 * 1e6 / found["cpu_us_per_request"])
    assert 0 <= found["workers"] - by_hand < 1
    assert found["target_per_s"] == 1_000_000
    assert not any(tmp_path.iterdir())


@pytest.mark.measurement
def test_two_workers_give_at_least_1_8_times_the_ceiling_of_one() -> None:
    """It takes two free cores beside the server's; with fewer both workers share one."""
    if (cores := len(available())) < 3:
        pytest.skip(f"two workers need two free cores beside the server: three cores, and here are {cores}")
    found = reach.measure(users=64, rounds=9, seconds=1)
    assert (found.server_share or 1.0) < 0.9, "the server that does nothing was the limit"
    assert (found.two_over_one or 0.0) >= 1.8
