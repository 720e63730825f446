"""`trilane ui`: the services, the lanes, and Locust's own web UI in front of them."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backing.problem import Problem, end_of
from loadtests.commands.serve import leave_on_signals
from loadtests.servers import stack as stack_named
from loadtests.servers.lanes import find
from loadtests.workers.crewing import LOOPBACK, Crewing, crewing

if TYPE_CHECKING:
    from loadtests.web.serving import Asked, Serving

_Port = Annotated[int, typer.Option(min=0, max=65_535, help="Where the web UI answers; 0: any free port.")]
_Lane = Annotated[list[str] | None, typer.Option(help="Lanes that are up from the start [default: one of each app].")]
_Stack = Annotated[str, typer.Option(help="`current` or `vintage`.")]
_Bind = Annotated[str, typer.Option(help="The IP address to listen on; where others can reach it, it has a password.")]
_Target = Annotated[list[str] | None, typer.Option(help="LANE=URL of a lane that runs elsewhere.")]
_AllowHost = Annotated[list[str] | None, typer.Option(help="HOST or HOST:PORT that may be loaded besides the lanes.")]
_State = Annotated[Path | None, typer.Option(help="The folder in which finished tests are kept.")]
_Workers = Annotated[str | None, typer.Option(help="So many processes make the load.")]
_Expect = Annotated[str | None, typer.Option(help="So many workers of other machines make the load.")]
_WorkersBind = Annotated[
    str | None, typer.Option(help="The IP address at which they and the lanes meet, with a port or 5557 [as --bind].")
]


def ui(
    *,
    port: _Port = 8089,
    lane: _Lane = None,
    stack: _Stack = "current",
    bind: _Bind = LOOPBACK,
    target: _Target = None,
    allow_host: _AllowHost = None,
    state: _State = None,
    workers: _Workers = None,
    expect_workers: _Expect = None,
    workers_bind: _WorkersBind = None,
) -> None:
    """Load lanes by hand from Locust's web UI, until Ctrl-C."""
    leave_on_signals()
    from loadtests.web.opening import hosts, opening, targets  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.web.serving import Asked, serving  # noqa: PLC0415 - as above
    from loadtests.web.settings import state_folder  # noqa: PLC0415 - as above

    stack_named(stack)
    asked = Asked(
        opening=opening(bind, port),
        lanes=[find(name).name for name in _names(lane)],
        targets=targets(target or ()),
        stack=stack,
        allowed=hosts(_names(allow_host)),
        state=state or state_folder(),
        crewing=_crewing(workers, expect_workers, workers_bind, bind),
    )
    with serving(asked) as up:
        typer.echo("\n".join(_lines(asked, up)))
        try:
            while up.locust.poll() is None:
                time.sleep(0.2)
        except (KeyboardInterrupt, SystemExit):
            typer.echo("Ending: a test that runs waits up to 10 s for its last answers, then lanes and services stop")
            raise
        raise Problem(f"Locust ended by itself with code {up.locust.poll()}{end_of(up.log)}")


def _names(typed: list[str] | None) -> list[str]:
    return [*dict.fromkeys(name.strip() for each in typed or () for name in each.split(",") if name.strip())]


def _crewing(workers: str | None, expect_workers: str | None, workers_bind: str | None, bind: str) -> Crewing | None:
    """Read who makes the load; workers of other machines connect where the UI listens, unless they have an address."""
    where = workers_bind if workers_bind is not None or expect_workers is None else bind
    return crewing(
        workers=workers, expect_workers=expect_workers, bind=where, lost_workers=None, option="--workers-bind"
    )


def _lines(asked: "Asked", up: "Serving") -> list[str]:
    """Return what to print: where the lanes are, where to go, and what has to be known."""
    lines = [f"{name:20} {url}" for name, url in up.lanes.items()]
    if asked.crewing is not None and asked.crewing.expected:
        where = asked.crewing.address
        lines.append(
            f"On the other machines: trilane worker --ui --master {where} (Locust's protocol knows no password: let "
            "nobody else reach that port)"
        )
    if said := asked.opening.said:
        lines.append(said)
    lines.append(f"Finished tests are kept in {asked.state}")
    lines.append(f"Logs are in {up.log.parent} until it ends")
    lines.append(f"Choose a lane and a scenario at {up.opening.url} (Ctrl-C stops everything)")
    return lines
