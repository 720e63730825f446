"""The doctor says what it sees, and nothing where the system tells nothing."""

from pathlib import Path

import msgspec
import pytest

from loadtests.doctor import Diagnosis, cpu, examine
from loadtests.doctor.finding import Kernel
from loadtests.doctor.limits import cgroups, files, ports


@pytest.fixture(scope="module")
def diagnosis() -> Diagnosis:
    return examine(seconds=0.1)


def kernel(root: Path, **files: str) -> Kernel:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Kernel(root)


def test_every_finding_that_is_not_ok_says_what_to_do(diagnosis: Diagnosis) -> None:
    assert len(diagnosis.findings) > 15
    for finding in diagnosis.findings:
        assert finding.says
        assert (finding.remedy != "") == (finding.verdict in {"warning", "missing"}), finding


def test_a_diagnosis_survives_being_stored(diagnosis: Diagnosis) -> None:
    assert msgspec.json.decode(msgspec.json.encode(diagnosis), type=Diagnosis) == diagnosis


def test_the_versions_of_what_is_measured_are_told(diagnosis: Diagnosis) -> None:
    assert {"flask", "fastapi", "django", "gunicorn", "uvicorn", "psycopg", "locust"} <= set(
        diagnosis.machine.packages["current"]
    )


def test_a_system_without_proc_and_sys_is_described_as_far_as_it_tells(tmp_path: Path) -> None:
    silent = {finding.name for finding in examine(Kernel(tmp_path), seconds=0.01).findings if finding.value is None}
    assert {"siblings", "cpu quota", "steal", "cpu pressure", "governor", "ephemeral ports", "cgroups"} <= silent


def test_steal_is_the_share_of_all_cpu_time_between_two_looks(tmp_path: Path) -> None:
    before, after = "cpu 100 0 100 800 0 0 0 0 50 0\n", "cpu 150 0 120 820 0 0 0 10 90 0\n"

    class Twice(Kernel):
        texts = iter([before, after])

        def read(self, path: str) -> str | None:
            return next(self.texts) if path == "proc/stat" else None

    watched = cpu.watch(Twice(tmp_path), 0.0)
    assert watched.steal_share == pytest.approx(10 / 100)
    finding = cpu.steal(watched)
    assert (finding.verdict, finding.value) == ("warning", 0.1)


def test_two_threads_of_one_core_are_a_warning(tmp_path: Path) -> None:
    folder = "sys__devices__system__cpu__cpu{}__topology__thread_siblings_list"
    told = kernel(tmp_path, **{folder.format(0): "0-1\n", folder.format(1): "0-1\n", folder.format(2): "2,6\n"})
    assert cpu.siblings(told, (0, 1, 2)).value == 1
    assert cpu.siblings(told, (0, 2)).verdict == "ok"
    assert cpu.siblings(told, (0, 7)).verdict == "unknown"


def test_a_container_with_less_than_its_cores_is_a_warning(tmp_path: Path) -> None:
    assert cpu.quota(Kernel(tmp_path), (0,)).verdict == "unknown"
    told = kernel(tmp_path, proc__self__cgroup="0::/\n")
    limit = tmp_path / "sys/fs/cgroup/cpu.max"
    limit.parent.mkdir(parents=True)
    limit.write_text("150000 100000\n")
    assert cpu.quota(told, (0, 1)).value == 1.5
    assert cpu.quota(told, (0,)).verdict == "ok"
    limit.write_text("max 100000\n")
    assert cpu.quota(told, (0, 1)).says == "none"


def test_a_quota_of_any_group_above_counts(tmp_path: Path) -> None:
    group = tmp_path / "sys/fs/cgroup/system.slice/work.service"
    group.mkdir(parents=True)
    (group / "cpu.max").write_text("max 100000\n")
    (group.parent / "cpu.max").write_text("50000 100000\n")
    told = kernel(tmp_path, proc__self__cgroup="4:memory:/elsewhere\n0::/system.slice/work.service\n")
    assert cpu.quota(told, (0, 1)).value == 0.5


def test_a_quota_of_the_first_generation_of_control_groups_counts(tmp_path: Path) -> None:
    group = tmp_path / "sys/fs/cgroup/cpu/docker/box"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("100000\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
    told = kernel(tmp_path, proc__self__cgroup="1:cpu,cpuacct:/docker/box\n")
    assert cpu.quota(told, (0, 1)).value == 1.0
    (group / "cpu.cfs_quota_us").write_text("-1\n")
    assert cpu.quota(told, (0, 1)).says == "none"


def test_a_frequency_that_follows_the_load_is_a_warning(tmp_path: Path) -> None:
    name = "sys__devices__system__cpu__cpu0__cpufreq__scaling_governor"
    assert cpu.governor(kernel(tmp_path, **{name: "powersave\n"})).verdict == "warning"
    assert cpu.governor(kernel(tmp_path, **{name: "performance\n"})).verdict == "ok"


def test_few_ports_are_a_warning(tmp_path: Path) -> None:
    name = "proc__sys__net__ipv4__ip_local_port_range"
    assert ports(kernel(tmp_path, **{name: "32768\t60999\n"})).value == 28_232
    assert ports(kernel(tmp_path, **{name: "60000\t60999\n"})).verdict == "warning"


def test_tasks_that_wait_for_a_core_are_a_warning(tmp_path: Path) -> None:
    text = "some avg10={} avg60=0.00 avg300=0.00 total=1\n"
    assert cpu.pressure(kernel(tmp_path, proc__pressure__cpu=text.format("25.50"))).value == 25.5
    assert cpu.pressure(kernel(tmp_path, proc__pressure__cpu=text.format("0.00"))).verdict == "ok"


def test_a_group_that_may_be_made_is_named_and_what_is_lost_without_one_is_said(tmp_path: Path) -> None:
    assert cgroups(Kernel(tmp_path)).verdict == "unknown"
    mounted = "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
    told = kernel(tmp_path, proc__self__cgroup="0::/mine\n", proc__self__mountinfo=mounted)
    silent = cgroups(told)
    assert silent.verdict == "missing"
    assert "10 ms" in silent.says
    assert "systemd-run" in silent.remedy
    group = tmp_path / "sys/fs/cgroup/mine"
    group.mkdir(parents=True)
    (group / "cgroup.procs").touch()
    (group / "cpu.stat").write_text("usage_usec 0\n")
    assert (cgroups(told).verdict, cgroups(told).value) == ("ok", "v2")
    assert str(group) in cgroups(told).says


def test_the_users_that_the_open_files_allow_are_told() -> None:
    assert files(1_024, None).verdict == "ok"
    assert files(1_024, 1_000_000).verdict == "ok"
    few = files(1_024, 20_000)
    assert few.verdict == "warning"
    assert "5,000 users on up to 3 lanes" in few.says
    assert "ulimit -Hn 50128" in few.remedy
    assert "about 896 users in all" in files(1_024, 1_024).says


def test_a_kernel_that_counts_no_pressure_is_told_how_it_would() -> None:
    silent = cpu.pressure(Kernel(Path("/nowhere")))
    assert (silent.verdict, silent.value) == ("unknown", None)
    assert "psi=1" in silent.says
