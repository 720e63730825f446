"""Where the three apps are not mirrored, and why: each one is marked `# DIFFERS:` in the code of its app."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asymmetry:
    """One file in which an app has, or lacks, public names that the others lack, or have.

    No names stand for the file as a whole; `missing` says that the app has no such file at all.
    """

    app: str
    file: str
    reason: str
    names: tuple[str, ...] = ()
    missing: bool = False
