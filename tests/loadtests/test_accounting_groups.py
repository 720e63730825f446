"""A program's control group holds it from its first instruction on, and goes when the program goes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backing.groups import find_home, members, new_group
from backing.leash import leashed
from backing.services import Services
from backing.tree import tree
from tests.waiting import eventually

pytestmark = pytest.mark.alone

needs_groups = pytest.mark.skipif(new_group() is None, reason="no control group may be made here")
FORKING = "import os, time; os.fork(); time.sleep(60)"
STARTER = f"""
import sys, time
from backing.leash import leashed
with leashed([sys.executable, "-c", {FORKING!r}], grouped=True) as program:
    print(program.group, flush=True)
    time.sleep(60)
"""


def groups_of_ours() -> set[Path]:
    ours = new_group()
    return set() if ours is None else set(ours.parent.glob(f"trilane-{os.getpid()}-*"))


@needs_groups
def test_a_program_and_all_that_it_forks_are_in_its_group_and_its_keeper_is_not() -> None:
    with leashed([sys.executable, "-c", FORKING], grouped=True) as program:
        assert program.group is not None
        group = program.group
        assert eventually(lambda: len(members(group)) == 2)
        assert set(members(group)) == set(tree(program.pid))
        assert program.keeper_pid not in members(group)
    assert not group.exists()


@needs_groups
def test_a_program_under_another_account_is_in_its_group_too(private_services: Services) -> None:
    group = private_services.groups["postgres"]
    assert set(members(group)) == set(tree(private_services.processes["postgres"]))
    assert members(private_services.groups["valkey"]) == [private_services.processes["valkey"]]


@needs_groups
def test_kill_9_of_the_starter_leaves_no_group() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True)
    with starter:
        assert starter.stdout is not None
        group = Path(starter.stdout.readline().strip())
        assert group.is_dir()
        starter.send_signal(signal.SIGKILL)
    assert eventually(lambda: not group.exists())


@needs_groups
def test_a_program_that_cannot_start_leaves_no_group() -> None:
    before = groups_of_ours()
    with pytest.raises(OSError, match="could not be started"), leashed(["/nowhere/program"], grouped=True):
        pass
    assert groups_of_ours() == before


def test_a_program_has_no_group_unless_asked() -> None:
    with leashed([sys.executable, "-c", "import time; time.sleep(60)"]) as program:
        assert program.group is None


def hierarchy(root: Path, *, groups: str, mount: str, kind: str, options: str, files: dict[str, str]) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    (root / "proc/self/mountinfo").write_text(f"30 20 0:26 {mount} rw,nosuid - {kind} cgroup {options}\n")
    for name, text in {"cgroup.procs": "", **files}.items():
        file = root / "sys/fs/cgroup/mine" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_the_home_is_the_processes_own_group(tmp_path: Path) -> None:
    hierarchy(
        tmp_path,
        groups="0::/mine\n",
        mount="/ /sys/fs/cgroup",
        kind="cgroup2",
        options="rw",
        files={"cpu.stat": "usage_usec 1\nuser_usec 1\nsystem_usec 0\n"},
    )
    assert find_home(tmp_path) == tmp_path / "sys/fs/cgroup/mine"


def test_a_container_that_sees_only_its_part_of_a_hierarchy_is_understood(tmp_path: Path) -> None:
    hierarchy(
        tmp_path,
        groups="3:cpu,cpuacct:/docker/box\n0::/docker/box\n",
        mount="/docker/box /sys/fs/cgroup/mine",
        kind="cgroup",
        options="rw,cpu,cpuacct",
        files={"cpuacct.usage": "1"},
    )
    assert find_home(tmp_path) == tmp_path / "sys/fs/cgroup/mine"


def test_a_hierarchy_that_counts_no_cpu_time_is_no_home(tmp_path: Path) -> None:
    assert find_home(tmp_path) is None
    hierarchy(tmp_path, groups="0::/mine\n", mount="/ /sys/fs/cgroup", kind="cgroup2", options="rw", files={})
    assert find_home(tmp_path) is None
