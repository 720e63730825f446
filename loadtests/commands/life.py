"""`trilane life`: how soon each lane answers after its start, and what is lost when it is stopped under load."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loadtests.commands import folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.measurement.life import Lives, Spread

_MOST_USERS = 1_000

_Lanes = Annotated[list[str] | None, typer.Argument(metavar="[LANE]…", help="Lanes; the ten of `compare` by default.")]
_Starts = Annotated[int, typer.Option(min=1, max=100, help="How often each is started; 6 or more give an interval.")]
_Users = Annotated[int, typer.Option(min=1, max=_MOST_USERS, help="Users at the moment of the stop.")]
_Stack = Annotated[str, typer.Option(help="current or vintage.")]
_Out = Annotated[Path | None, typer.Option(help="A new folder for summary.json and the logs.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print summary.json instead of the table.")]


def life(
    lanes: _Lanes = None,
    *,
    starts: _Starts = 7,
    users: _Users = 32,
    stack: _Stack = "current",
    out: _Out = None,
    as_json: _AsJson = False,
) -> None:
    """Start each lane by itself again and again, and stop it in the middle of a load."""
    import msgspec  # noqa: PLC0415 - `trilane --help` stays quick

    from loadtests.servers import DEFAULT, find  # noqa: PLC0415 - as above
    from loadtests.servers import stack as stack_named  # noqa: PLC0415 - as above

    names = [find(name).name for name in dict.fromkeys(lanes or DEFAULT)]
    stack_named(stack)
    folder = None if out is None else folders.new("--out", out)
    found = _measure(names, stack=stack, starts=starts, users=users, logs=folder)
    text = msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
    if folder is not None:
        (folder / "summary.json").write_text(text + "\n")
    if as_json:
        typer.echo(text)
    else:
        _show(found)


def _measure(names: "Sequence[str]", *, stack: str, starts: int, users: int, logs: Path | None) -> "Lives":
    from backing.scratch import scratch  # noqa: PLC0415 - as above
    from backing.services import services  # noqa: PLC0415 - as above
    from loadtests.agent_client import agent  # noqa: PLC0415 - as above
    from loadtests.measurement.cores import available, pin_this_process, share_out  # noqa: PLC0415 - as above
    from loadtests.measurement.life import Lives, live  # noqa: PLC0415 - as above
    from loadtests.measurement.result import SCHEMA_VERSION  # noqa: PLC0415 - as above

    cores = share_out(None, available())
    pin_this_process(cores.others)
    with (
        scratch() as folder,
        services(folder, log_folder=logs or folder, cores=cores.others) as backing,
        agent(folder, log=(logs or folder) / "agent.log", cores=cores.others) as load,
    ):
        found = []
        for name in names:
            typer.echo(f"{name}: stopping it under load, then starting it {starts} times", err=True)
            found.append(
                live(
                    name,
                    services=backing,
                    load=load,
                    cores=cores,
                    folder=folder,
                    logs=logs,
                    stack=stack,
                    starts=starts,
                    users=users,
                )
            )
    return Lives(schema_version=SCHEMA_VERSION, life=found)


def _show(found: "Lives") -> None:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    from loadtests.report.terminal import WIDTH  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False)
    for title in ("lane", "first answer ms", "all workers ms", "answered", "lost", "refused", "retried", "gone ms"):
        table.add_column(title, justify="left" if title == "lane" else "right", no_wrap=True)
    table.add_column("exit", justify="right")
    for each in found.life:
        stopped = each.stopped
        kinds = ", ".join(f"{count} {kind}" for kind, count in stopped.lost.items())
        table.add_row(
            each.lane,
            _ms(each.first_answer_ms),
            "–" if each.all_workers_ms is None else _ms(each.all_workers_ms),
            str(stopped.answered),
            kinds or "0",
            str(stopped.refused),
            str(stopped.retried),
            f"{stopped.gone_ms:,.0f}",
            str(stopped.exit_code),
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    console.print(table)
    first = found.life[0]
    console.print(
        f"\nTimes are medians of {first.starts} starts on core {', '.join(map(str, first.cores))}, each lane by "
        f"itself, with their 95 % intervals.\nThe stop is SIGTERM while {first.stopped.users} users wait "
        f"{first.stopped.wait_ms} ms per request. Lost are requests that were sent and had no whole answer; refused "
        "ones came when nobody listened any more; retried ones were sent again because their kept connection was "
        "closed before any answer; gone is the time until no process was left.",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _ms(spread: "Spread") -> str:
    if spread.low is None or spread.high is None:
        return f"{spread.median:,.0f}"
    return f"{spread.median:,.0f} [{spread.low:,.0f}, {spread.high:,.0f}]"
