"""What on this machine spoils measurements, found by looking at it for a second."""

from loadtests.doctor import cpu, limits, software
from loadtests.doctor.finding import Diagnosis, Finding, Kernel, Machine

__all__ = ["Diagnosis", "Finding", "Machine", "examine"]


def examine(kernel: Kernel | None = None, *, seconds: float = 1.0) -> Diagnosis:
    """Look at the machine for `seconds` and say what is ok, what is not, and what to do about it."""
    kernel = kernel or Kernel()
    cores = software.usable_cores()
    watched = cpu.watch(kernel, seconds)
    return Diagnosis(
        machine=software.machine(kernel, cores),
        findings=(
            cpu.cores(cores),
            cpu.siblings(kernel, cores),
            cpu.quota(kernel, cores),
            software.virtualisation(kernel),
            cpu.steal(watched),
            cpu.other_load(watched),
            cpu.pressure(kernel),
            cpu.governor(kernel),
            cpu.power(),
            cpu.clock(kernel),
            limits.memory(),
            limits.open_files(),
            limits.ports(kernel),
            limits.cgroups(kernel),
            software.python(),
            software.vintage(),
            software.tool("wrk", "`trilane calibrate` compares the generator with it"),
            software.tool("valgrind", "`trilane instructions` needs it"),
        ),
    )
