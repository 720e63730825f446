"""`trilane faults`: what each lane does while the database, Valkey, the upstream or a client fails it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backing.problem import Problem
from loadtests.commands import folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.faults.outcome import Outcome

_Lane = Annotated[list[str] | None, typer.Option(help="Lanes, one by one or with commas; all by default.")]
_Fault = Annotated[list[str] | None, typer.Option(help="Faults, one by one or with commas; all by default.")]
_Stack = Annotated[str, typer.Option(help="current or vintage.")]
_Logs = Annotated[Path | None, typer.Option(help="Keep the logs in this folder.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print every outcome as JSON.")]


def faults(
    *,
    lane: _Lane = None,
    fault: _Fault = None,
    stack: _Stack = "current",
    logs: _Logs = None,
    as_json: _AsJson = False,
) -> None:
    """Let lanes suffer faults: exit 0 when all is as promised or known to be beyond a server, else 1."""
    import msgspec  # noqa: PLC0415 - `trilane --help` stays quick

    from loadtests.faults.fault import FAULTS, find  # noqa: PLC0415 - as above
    from loadtests.faults.run import suffer  # noqa: PLC0415 - as above
    from loadtests.servers import LANES  # noqa: PLC0415 - as above
    from loadtests.servers import find as find_lane  # noqa: PLC0415 - as above
    from loadtests.servers import stack as stack_named  # noqa: PLC0415 - as above

    lanes = [find_lane(name) for name in _names("--lane", lane) or LANES]
    chosen = [find(name) for name in _names("--fault", fault) or FAULTS]
    kept = None if logs is None else folders.made("--logs", logs)
    found = list(suffer(lanes, chosen, stack=stack_named(stack).name, logs=kept, tell=_tell))
    typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() if as_json else _report(found))
    raise typer.Exit(0 if all(each.is_explained for each in found) else 1)


def _names(option: str, given: "Sequence[str] | None") -> list[str]:
    names = [name.strip() for text in given or () for name in text.split(",")]
    if "" in names:
        raise Problem(f"{option} (empty): there is no such name; leave the option out for all")
    return list(dict.fromkeys(names))


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _report(found: "Sequence[Outcome]") -> str:
    from loadtests.faults.table import markdown  # noqa: PLC0415 - as above

    return "\n".join(markdown(found))
