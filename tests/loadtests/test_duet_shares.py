"""Two programs get equal time of a core, however many threads each runs, and what that takes goes with them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backing import tree
from backing.groups import find_sharing_home, members, new_group, new_sharing_group
from backing.leash import Leashed, leashed
from loadtests.measurement import accounting
from tests.waiting import eventually

needs_shares = pytest.mark.skipif(
    new_sharing_group(new_group()) is None, reason="no group with shares may be made here"
)
SPINNING = """
import os, sys
for _ in range(int(sys.argv[1]) - 1):
    if not os.fork():
        break
while True:
    pass
"""
STARTER = """
import sys, time
from backing.leash import leashed
with leashed([sys.executable, "-c", "import time; time.sleep(60)"], grouped=True, shared=True) as program:
    print(program.sharing_group, flush=True)
    time.sleep(60)
"""


def spent_ns(program: Leashed) -> int:
    return accounting.read(tree.tree(program.pid)).cpu_ns


@needs_shares
def test_a_program_of_four_processes_gets_no_more_of_a_core_than_one_of_one_process() -> None:
    cores = {max(os.sched_getaffinity(0))}
    spin = [sys.executable, "-c", SPINNING]
    with (
        leashed([*spin, "4"], grouped=True, shared=True, cores=cores) as many,
        leashed([*spin, "1"], grouped=True, shared=True, cores=cores) as one,
    ):
        assert eventually(lambda: len(members(many.sharing_group or Path())) == 4)
        before = spent_ns(many), spent_ns(one)
        time.sleep(1.5)
        many_ns, one_ns = spent_ns(many) - before[0], spent_ns(one) - before[1]
    assert many_ns / (many_ns + one_ns) == pytest.approx(0.5, abs=0.1)


@needs_shares
def test_kill_9_of_the_starter_leaves_no_group_with_a_share() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True)
    with starter:
        assert starter.stdout is not None
        group = Path(starter.stdout.readline().strip())
        assert group.is_dir()
        starter.send_signal(signal.SIGKILL)
    assert eventually(lambda: not group.exists())


@needs_shares
def test_a_program_that_is_only_counted_competes_for_a_core_as_if_it_had_no_group() -> None:
    home, counting = find_sharing_home(Path("/")), new_group()
    if home is None or counting is None or new_sharing_group(counting) == counting:
        pytest.skip("the group that counts has a share here, whether it is asked for or not")
    with leashed([sys.executable, "-c", "import time; time.sleep(60)"], grouped=True) as program:
        assert program.group is not None
        assert program.sharing_group is None
        assert program.pid in members(home)


def hierarchy(root: Path, *, groups: str, mount: str, files: dict[str, str]) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    (root / "proc/self/mountinfo").write_text(f"30 20 0:26 / /sys/fs/cgroup rw,nosuid - {mount}\n")
    home = root / "sys/fs/cgroup/mine"
    home.mkdir(parents=True)
    for name, text in {"cgroup.procs": "", **files}.items():
        (home / name).write_text(text)
    return home


def test_a_hierarchy_of_its_own_for_shares_is_found(tmp_path: Path) -> None:
    home = hierarchy(tmp_path, groups="1:cpu:/mine\n", mount="cgroup cgroup rw,cpu", files={"cpu.shares": "1024"})
    assert find_sharing_home(tmp_path) == home


def test_a_group_that_counts_and_shares_serves_for_both(tmp_path: Path) -> None:
    (tmp_path / "cgroup.subtree_control").write_text("cpu io\n")
    assert new_sharing_group(tmp_path / "program") == tmp_path / "program"


def test_a_hierarchy_without_shares_is_not_taken(tmp_path: Path) -> None:
    hierarchy(tmp_path, groups="2:cpuacct:/mine\n", mount="cgroup cgroup rw,cpuacct", files={"cpuacct.usage": "1"})
    assert find_sharing_home(tmp_path) is None
