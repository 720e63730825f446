"""The tests that were finished in the UI: one file each, so that they outlive a reload, a restart and each other."""

import contextlib
import csv
import io
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex

import msgspec

from backing.problem import Problem
from loadtests.measurement.errors import failed
from loadtests.measurement.result import Cell, Detail

_NAME = re.compile(r"[0-9T-]{19}-[0-9a-f]{6}")


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """One finished test: what was measured as a cell, and its response times as an HDR histogram in base64.

    `seconds` passed from its begin to its end, users who came and went included; `workers` processes made the load.
    """

    __test__ = False  # it is none of pytest's

    id: str
    started_at: str
    seconds: float
    workers: int
    cell: Cell
    detail: Detail
    latencies: str


class History:
    """The tests in a folder, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """Raise `Problem` when no test can be kept: better before one is run than after it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder):
                pass
        except OSError as error:
            raise self._lost(error) from None

    def add(self, cell: Cell, detail: Detail, latencies: str, *, started_at: str, seconds: float, workers: int) -> Test:
        """Keep a test; raise `Problem` when it cannot be written."""
        name = f"{started_at[:19].replace(':', '-')}-{token_hex(3)}"
        test = Test(
            id=name,
            started_at=started_at,
            seconds=seconds,
            workers=workers,
            cell=cell,
            detail=detail,
            latencies=latencies,
        )
        draft = self._folder / f"{name}.new"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(test))
            # A reader, or a kill, finds the whole test or none.
            draft.replace(self._file(name))
        except OSError as error:
            raise self._lost(error) from None
        return test

    def all(self) -> list[Test]:
        """Return all that can be read, the oldest first."""
        found = []
        for file in self._folder.glob("*.json"):
            with contextlib.suppress(OSError, msgspec.DecodeError):
                found.append(msgspec.json.decode(file.read_bytes(), type=Test))
        # Of those of one second, the names say nothing of which was the first.
        return sorted(found, key=lambda test: test.started_at)

    def remove(self, name: str) -> bool:
        """Forget a test; return whether there was one."""
        if not _NAME.fullmatch(name):
            return False
        try:
            self._file(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def _lost(self, error: OSError) -> Problem:
        return Problem(f"tests cannot be kept in {self._folder} ({error.strerror}); name another --state")

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _has_figures(test: Test) -> bool:
    return test.cell.qps is not None


_COLUMNS: dict[str, Callable[[Test], object]] = {
    "id": lambda test: test.id,
    "started_at": lambda test: test.started_at,
    "seconds": lambda test: round(test.seconds, 1),
    "workers": lambda test: test.workers,
    "lane": lambda test: test.cell.lane,
    "stack": lambda test: test.cell.stack,
    "url": lambda test: test.cell.url,
    "scenario": lambda test: test.cell.scenario,
    "params": lambda test: _words({**test.cell.params, **test.cell.factors}),
    "users": lambda test: test.cell.users,
    "rate": lambda test: test.cell.rate,
    "qps": lambda test: test.cell.qps,
    "mean_ms": lambda test: test.cell.rt_ms.mean,
    "p50_ms": lambda test: test.cell.rt_ms.p50,
    "p95_ms": lambda test: test.cell.rt_ms.p95,
    "p99_ms": lambda test: test.cell.rt_ms.p99,
    "p999_ms": lambda test: test.cell.rt_ms.p999,
    "max_ms": lambda test: test.cell.rt_ms.max,
    "concurrency": lambda test: test.cell.concurrency,
    "cpu_us_per_request": lambda test: test.cell.cpu_us_per_request,
    "rss_bytes": lambda test: test.cell.rss_bytes,
    "threads": lambda test: test.cell.threads,
    "db_connections_max": lambda test: test.cell.db_connections_max,
    "generator_core_share": lambda test: test.cell.generator_core_share,
    "requests": lambda test: test.cell.requests if _has_figures(test) else None,
    "errors": lambda test: failed(test.cell.errors) if test.cell.errors or _has_figures(test) else None,
    "valid": lambda test: "yes" if test.cell.valid else "no",
    "reasons": lambda test: "; ".join(map(str, test.cell.reasons)),
}


def table(tests: Sequence[Test]) -> str:
    """Return the tests as CSV, a header first; what was not measured is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([("" if (value := of(test)) is None else value) for of in _COLUMNS.values()] for test in tests)
    return text.getvalue()


def _words(params: dict[str, str | int]) -> str:
    return " ".join(f"{name}={value}" for name, value in params.items())
