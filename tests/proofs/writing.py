"""How a proof writes down what it found: dated, with the machine, the commit and the command."""

import datetime as dt
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from loadtests.doctor import software
from loadtests.doctor.finding import Kernel
from loadtests.measurement.about import source


def write(out: Path, name: str, title: str, lines: Iterable[str]) -> Path:
    """Write `out/NAME.md` and return its path; `lines` are Markdown."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.md"
    path.write_text("\n".join([f"# {title}", "", *about(name), "", *lines]).rstrip() + "\n")
    return path


def judge(out: Path, name: str, title: str, lines: Iterable[str], criteria: Mapping[str, bool]) -> Path:
    """Write `out/NAME.md`, which ends with each criterion and whether it is met; raise `AssertionError` where not."""
    told = [f"- {'met' if met else '**not met**'}: {text}" for text, met in criteria.items()]
    path = write(out, name, title, [*lines, "", "## Criteria", "", *told])
    if missed := [text for text, met in criteria.items() if not met]:
        raise AssertionError(f"not met: {'; '.join(missed)}; see {path}")
    return path


def about(name: str) -> list[str]:
    """Return when, where and by what this was found, as a Markdown list."""
    machine = software.machine(Kernel(), software.usable_cores())
    found = source()
    changed = " with changes" if found.dirty else ""
    memory = f"{machine.memory_bytes / 2**30:.1f} GiB"
    return [
        f"- {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, commit {(found.commit or 'unknown')[:12]}{changed}",
        f"- {machine.cpu}, {len(machine.cores)} cores, {memory}, {machine.system} {machine.kernel}",
        f"- {machine.python}; `{Path(sys.executable).name} -m tests.proofs {name}`",
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a Markdown table; the first column is text, the others are numbers."""
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *rows]
    return [f"| {' | '.join(str(each) for each in line)} |" for line in lines]
