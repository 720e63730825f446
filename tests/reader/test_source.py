import subprocess
from pathlib import Path

import pytest

from loadtests.reader.source import Source


def git(root: Path, *words: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    command = ["git", "-C", str(root), *named, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.py").write_text("first = 1\n")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "--quiet", "--message", "First")
    return tmp_path


def test_code_is_read_at_a_commit_whatever_the_files_are_now(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "a.py").write_text("second = 2\n")
    assert Source(commit, repository).text("a.py") == "first = 1\n"
    assert Source(commit[:10], repository).said == f"that of commit {commit[:12]}"
    assert Source(None, repository).text("a.py") == "second = 2\n"


@pytest.mark.parametrize("commit", ["0" * 40, "--help", "no such name"])
def test_a_commit_that_git_does_not_know_falls_back_to_the_files_and_says_so(repository: Path, commit: str) -> None:
    source = Source(commit, repository)
    assert source.text("a.py") == "first = 1\n"
    assert source.said == f"that of the files as they are now, since git does not know commit {commit[:12]} here"


def test_outside_of_a_repository_the_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("third = 3\n")
    source = Source("a1b2c3d", tmp_path)
    assert (source.commit, source.text("a.py"), source.text("b.py")) == (None, "third = 3\n", None)


def test_no_file_outside_of_the_project_is_read(repository: Path) -> None:
    (repository.parent / "secret.py").write_text("hidden = True\n")
    assert Source(None, repository).text("../secret.py") is None
