"""What the doctor says: one finding per thing looked at, each with its number and what to do about it."""

from pathlib import Path
from typing import Literal

import msgspec

Verdict = Literal["ok", "warning", "missing", "unknown"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    `value` is the measured number or word, in `unit`; None when the system does not tell (verdict `unknown`). `missing`
    is said of a tool or a right that some command needs. `remedy` says what to do, where there is something.
    """

    name: str
    verdict: Verdict
    value: int | float | str | None
    unit: str = ""
    says: str
    remedy: str = ""


def unknown(name: str) -> Finding:
    """Return the finding for what this system does not tell."""
    return Finding(name=name, verdict="unknown", value=None, says="not available on this system")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure has to be read with. `memory_bytes` is the machine's, `cores` those this process may use.

    `packages` holds the versions of what is measured and what measures, for each stack that is installed.
    """

    cpu: str
    cores: tuple[int, ...]
    memory_bytes: int
    system: str
    kernel: str
    virtualisation: str
    python: str
    packages: dict[str, dict[str, str]]


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The machine and all findings."""

    machine: Machine
    findings: tuple[Finding, ...]


class Kernel:
    """What the kernel tells in files, below `root`; on other systems it tells nothing."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def read(self, path: str) -> str | None:
        """Return a file's text without the white space around it, None when it is not there."""
        try:
            return (self.root / path).read_text(errors="replace").strip()
        except OSError:
            return None
