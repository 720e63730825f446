"""`trilane run isolation`: what each isolation level lets happen. No lane is loaded, so it takes seconds."""

import contextlib
import datetime as dt
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec
import typer

from backing.problem import Problem
from loadtests.isolation import NAME

if TYPE_CHECKING:
    from loadtests.isolation.measure import Measured

FILE = "isolation.json"
_NOT_KEPT = 1
_MEANT = {"experiment", "database", "out", "as_json"}


def isolation(*, database: str | None, out: Path | None, as_json: bool, given: Collection[str]) -> NoReturn:
    """Measure the levels of one engine; leave with 1 where something happened that was promised never to.

    `given` are the names of what was typed; most options only mean something where lanes are loaded.
    """
    if set(given) - _MEANT:
        raise Problem(f"{NAME} loads no lane: give only --database, --out and --json")
    from loadtests.isolation.words import broken  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.measurement.store import default_folder  # noqa: PLC0415

    folder = out or default_folder(dt.datetime.now().astimezone())
    found = _measured(database, folder)
    _show(found, folder, as_json=as_json)
    raise typer.Exit(_NOT_KEPT if any(broken(each) for each in found) else 0)


def _measured(database: str | None, folder: Path) -> "list[Measured]":
    from backing.scratch import scratch  # noqa: PLC0415
    from backing.services import chosen_engine, services  # noqa: PLC0415
    from loadtests.isolation.measure import measure  # noqa: PLC0415

    chosen = chosen_engine(database)
    with _new(folder), scratch() as own, services(own, log_folder=own, database=chosen) as started:
        found = measure(started.database_url)
        _write(folder, msgspec.json.format(msgspec.json.encode(found), indent=1))
    return found


def _write(folder: Path, text: bytes) -> None:
    try:
        (folder / FILE).write_bytes(text)
    except OSError as error:
        raise _not_written(folder, error) from None


@contextlib.contextmanager
def _new(folder: Path) -> Iterator[None]:
    """Make a folder, before anything is measured for it; it is gone again where nothing came of it."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise Problem(f"--out {folder}: it is there already; name a new folder") from None
    except OSError as error:
        raise _not_written(folder, error) from None
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise


def _not_written(folder: Path, error: OSError) -> Problem:
    return Problem(f"--out {folder}: {error.strerror}; name another folder")


def _show(found: "list[Measured]", folder: Path, *, as_json: bool) -> None:
    from rich.console import Console  # noqa: PLC0415

    from loadtests.isolation.words import sentences, table  # noqa: PLC0415
    from loadtests.report.terminal import WIDTH  # noqa: PLC0415

    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
        return
    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    for each in found:
        console.print(table(each))
    for sentence in sentences(found):
        console.print(sentence, markup=False, highlight=False)
    console.print(f"\nEverything is in {folder}/{FILE}.", markup=False, highlight=False, soft_wrap=True)
