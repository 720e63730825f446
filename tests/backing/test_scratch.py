"""A run's folder goes with the run."""

import os
import signal
import sys
from pathlib import Path

import pytest

from backing.leash import leashed
from backing.problem import Problem
from backing.scratch import fits_sockets, scratch
from tests.waiting import eventually


def test_a_folder_is_removed_at_the_end_with_all_that_is_in_it() -> None:
    with scratch() as folder:
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "file").write_text("text")
    assert not folder.exists()


def test_a_folder_is_removed_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), scratch() as folder:
        raise ZeroDivisionError
    assert not folder.exists()


def test_a_folder_leaves_room_for_the_names_of_sockets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 80)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert not fits_sockets(long)
    with scratch() as folder:
        assert len(str(folder / "sockets" / ".s.PGSQL.5432")) < 104


def test_two_folders_are_two() -> None:
    with scratch() as one, scratch() as other:
        assert one != other


def test_a_place_that_cannot_be_written_is_a_problem_with_its_reason(tmp_path: Path) -> None:
    says = r"no folder can be made in .*/missing: No such file or directory"
    with pytest.raises(Problem, match=says), scratch(tmp_path / "missing"):
        pass


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_folder_is_removed_when_the_starter_is_killed(tmp_path: Path, number: int) -> None:
    code = """
import sys, time
from pathlib import Path
from backing.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "file").touch()
    time.sleep(600)
"""
    with leashed([sys.executable, "-c", code, str(tmp_path)]) as program:
        assert eventually(lambda: list(tmp_path.glob("*/file")))
        os.kill(program.pid, number)
        assert eventually(lambda: not list(tmp_path.iterdir()))
