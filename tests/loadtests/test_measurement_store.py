import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from backing.problem import Problem
from loadtests.measurement import about
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.store import (
    PID,
    SLICES,
    VALUED,
    Store,
    default_folder,
    instrument,
    read_records,
    read_summary,
)
from loadtests.measurement.wish import wish
from loadtests.program import app
from tests.loadtests.measured import record, subject

HOLDER = """
import sys
from pathlib import Path
from loadtests.measurement.store import Store
with Store.again(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def begun(folder: Path) -> None:
    """Leave a run of which two slices were measured."""
    with Store.new(folder) as store:
        store.run(about.run(wish(), share_out(None, available())))
        store.record(record(1, [100]))
        store.record(record(2, [100]))


def test_slices_are_on_disk_as_soon_as_they_are_recorded(tmp_path: Path) -> None:
    written = [record(number, [100, 200]) for number in (1, 2)]
    with Store.new(tmp_path / "run") as store:
        for each in written:
            store.record(each)
        assert read_records(tmp_path / "run") == written


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    with Store.new(tmp_path / "run") as store:
        store.record(record(1, [100]))
        store.record(record(2, [100]))
    slices = tmp_path / "run" / SLICES
    slices.write_bytes(slices.read_bytes()[:-20])
    assert [each.round for each in read_records(tmp_path / "run")] == [1]


def test_a_run_that_goes_on_writes_after_the_last_whole_line(tmp_path: Path) -> None:
    begun(tmp_path / "run")
    slices = tmp_path / "run" / SLICES
    slices.write_bytes(slices.read_bytes()[:-20])
    with Store.again(tmp_path / "run") as store:
        store.record(record(3, [100]))
    assert [each.round for each in read_records(tmp_path / "run")] == [1, 3]


def test_a_run_that_is_stopped_before_anything_is_known_of_it_leaves_its_folder_free(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Store.new(tmp_path / "run"):
        raise KeyboardInterrupt
    assert not (tmp_path / "run").exists()
    with Store.new(tmp_path / "run") as store:
        store.run(about.run(wish(), share_out(None, available())))
    assert (tmp_path / "run").exists()


def test_what_another_process_is_writing_is_left_alone_until_that_one_ends(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    begun(folder)
    with (folder / SLICES).open("ab") as slices:
        slices.write(b"half a li")
    held = (folder / SLICES).read_bytes()
    words = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        taken = (folder / SLICES).read_bytes()
        assert held.startswith(taken)
        with pytest.raises(Problem, match=rf"is still under way \(pid {holder.pid}\)"), Store.again(folder):
            pass
        assert (folder / SLICES).read_bytes() == taken
        holder.kill()
    with Store.again(folder) as store:
        store.record(record(3, [100]))
    assert [each.round for each in read_records(folder)] == [1, 2, 3]
    assert not (folder / PID).exists()


def test_a_folder_without_a_run_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no run"), Store.again(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_summary_reads_back_as_it_was_written(tmp_path: Path) -> None:
    ledger = Ledger([subject()])
    ledger.add(record(1, [10_000] * 1_000))
    summary = conclude(ledger, ceilings={10: 9e9}, rounds={}, partial=False, warnings=[]).summary
    with Store.new(tmp_path / "run") as store:
        store.summary(summary)
    assert read_summary(tmp_path / "run") == summary
    assert not list((tmp_path / "run").glob("*.new"))


def test_a_folder_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    with Store.new(tmp_path / "run"):
        pass
    with pytest.raises(Problem, match="already holds a run"), Store.new(tmp_path / "run"):
        pass


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(Problem, match=r"not empty \(thesis.tex\)"), Store.new(tmp_path):
        pass


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match="this is a file"), Store.new(tmp_path / "file"):
        pass


@pytest.mark.parametrize("folder", ["/proc/trilane", "/dev/null/run"])
def test_a_place_that_cannot_be_written_is_refused(folder: str) -> None:
    with pytest.raises(Problem, match=r"cannot be (written|read)"), Store.new(Path(folder)):
        pass


def test_runs_that_start_in_the_same_second_get_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    names = []
    for _ in range(3):
        folder = default_folder(moment)
        with Store.new(folder):
            names.append(os.fspath(folder))
    assert names == [f"runs/2026-01-02T03-04-05{suffix}" for suffix in ("", ".2", ".3")]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("trilane duet flask-thread", "duet"),
        ("trilane --lanes lanes.toml duet flask-thread", "duet"),
        ("trilane --lanes=lanes.toml capacity flask-thread", "capacity"),
        ("trilane --lanes one.toml --lanes two.toml life", "life"),
        ("trilane --lanes duet compare", "rounds"),
        ("trilane compare --out duet", "rounds"),
        ("trilane --lanes lanes.toml run pool", "rounds"),
        ("duet", "rounds"),
        ("", "rounds"),
    ],
)
def test_the_kind_of_a_run_is_the_subcommand_after_the_options_before_it(command: str, kind: str) -> None:
    assert instrument(command.split()) == kind


def test_every_option_before_the_subcommand_that_a_value_follows_is_known() -> None:
    found = [option for each in get_command(app).params if not getattr(each, "is_flag", False) for option in each.opts]
    assert found == [*VALUED]
