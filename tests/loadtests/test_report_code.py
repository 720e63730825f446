"""The code in the report: as it was at the run's commit where git knows it, and said where it is not."""

import subprocess
from pathlib import Path

import pytest

from loadtests.measurement.about import ROOT, Source
from loadtests.report import code as shown
from tests.loadtests.reports import summary
from tests.loadtests.test_report_page import text_of

FILES = [f"{app}_app/hello.py" for app in shown.APPS]


def git(repository: Path, *words: str) -> str:
    own = ("git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@example.org", *words)
    return subprocess.run(own, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit of the handlers, after which their files were changed."""
    for file in FILES:
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text((ROOT / file).read_text())
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    for file in FILES:
        (tmp_path / file).write_text((ROOT / file).read_text().replace("def hello(", "def hello(later: int, "))
    monkeypatch.setattr(shown, "ROOT", tmp_path)
    return git(tmp_path, "rev-parse", "HEAD")


def first(source: Source) -> tuple[str, str]:
    """What is said of the code, and the first handler's text."""
    (found,) = shown.code(summary(), source)
    assert [handler.style for handler in found.handlers] == ["sync", "async"] * 3
    return found.says, text_of(str(found.handlers[0].source))


def test_the_code_is_that_of_the_runs_commit(committed: str) -> None:
    says, text = first(Source(commit=committed, dirty=False))
    assert says == f"The files at commit {committed[:12]}, which the run had."
    assert "def hello(" in text
    assert "later" not in text


def test_changes_that_no_commit_holds_are_said(committed: str) -> None:
    says, _ = first(Source(commit=committed, dirty=True))
    assert says.endswith("which the run had; the run had changes beside it, which no commit holds.")


def test_where_git_does_not_know_the_commit_the_present_files_are_shown_and_said(committed: str) -> None:
    del committed
    says, text = first(Source(commit="0" * 40, dirty=False))
    assert says == f"The files as they are now: commit {'0' * 12}, which the run had, is not to be had here."
    assert "later" in text


def test_a_run_without_a_commit_shows_the_present_files(committed: str) -> None:
    del committed
    says, text = first(Source(commit=None, dirty=None))
    assert says == "The files as they are now: the run did not know its commit."
    assert "later" in text
