"""`python -m tests.proofs`: a proof that misses what it claims keeps no other from its turn."""

import subprocess
import sys
from pathlib import Path

import pytest

from backing.problem import Problem
from loadtests.servers.stacks import ROOT
from tests.proofs.__main__ import main, names, run


def met(out: Path) -> None:
    (out / "met.md").write_text("it holds")


def missed(_out: Path) -> None:
    raise AssertionError("not met: 12 % at most: it is 14.4 %; see missed.md")


def without_a_tool(_out: Path) -> None:
    raise Problem("perf is not installed")


def broken(_out: Path) -> None:
    raise LookupError("hello")


def test_every_proof_has_its_turn_and_each_miss_is_told_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told = run({"missed": missed, "without_a_tool": without_a_tool, "broken": broken, "met": met}, tmp_path)
    assert told == [
        "missed: not met: 12 % at most: it is 14.4 %; see missed.md",
        "without_a_tool: perf is not installed",
        "broken: it broke with LookupError: hello; see above",
    ]
    assert (tmp_path / "met.md").exists()
    shown = capfd.readouterr()
    assert shown.out.split(" …\n")[:-1] == ["missed", "without_a_tool", "broken", "met"]
    assert "Traceback" in shown.err


def test_what_is_missed_makes_the_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.proofs.freeze.prove", missed)
    monkeypatch.setattr("tests.proofs.__main__.OUT", tmp_path)
    assert main(["freeze"]) == 1
    assert capfd.readouterr().err == "proofs: freeze: not met: 12 % at most: it is 14.4 %; see missed.md\n"
    monkeypatch.setattr("tests.proofs.freeze.prove", met)
    assert main(["freeze"]) == 0


def test_a_proof_that_there_is_not_is_told_in_one_line() -> None:
    words = [sys.executable, "-m", "tests.proofs", "frozen"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert told.stderr.startswith("proofs: no proof is called frozen; there are agent_profile, bareness, bias, ")
    assert told.stderr.count("\n") == 1


def test_a_missing_perf_is_told_with_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "agent_profile" in names()
    monkeypatch.setenv("PATH", str(tmp_path))
    words = [sys.executable, "-m", "tests.proofs", "agent_profile"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("proofs: agent_profile: it needs perf, which is not installed: `apt-get")
    assert told.stderr.count("\n") == 1
