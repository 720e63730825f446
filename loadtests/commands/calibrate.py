"""`trilane calibrate`: what the load generators of this machine reach, before a server's figures are believed."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loadtests.calibration import Ceilings

_NAMES = {"wrk": "wrk", "lean": "the load agent", "fast_http": "FastHttpUser", "http": "HttpUser"}
_SATURATED = 0.9


def calibrate(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    seconds: Annotated[int, typer.Option(min=1, max=60, help="Length of a turn.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Turns of each client.")] = 7,
    users: Annotated[int, typer.Option(min=1, max=5000, help="Connections of each client.")] = 32,
    reach: Annotated[
        int | None, typer.Option(min=1, help="Say how many workers make so many requests a second, instead.")
    ] = None,
) -> None:
    """Compare wrk, the load agent's lean user, FastHttpUser and HttpUser against one server that does nothing."""
    import msgspec  # noqa: PLC0415 - `trilane --help` stays quick

    if reach is not None:
        _reach(reach, as_json=as_json, users=users, rounds=rounds, seconds=seconds)
        return
    from loadtests.calibration import calibrate as measure  # noqa: PLC0415 - as above

    found = measure(users=users, rounds=rounds, seconds=seconds)
    typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode() if as_json else _text(found))


def _reach(target: int, *, as_json: bool, users: int, rounds: int, seconds: int) -> None:
    """Measure how far workers go, and print how many a target takes."""
    import msgspec  # noqa: PLC0415 - as above

    from loadtests.workers import reach  # noqa: PLC0415 - as above

    found = reach.measure(users=users, rounds=rounds, seconds=seconds)
    told = {**msgspec.to_builtins(found), "target_per_s": target, "workers": found.workers_for(target)}
    typer.echo(
        msgspec.json.format(msgspec.json.encode(told)).decode() if as_json else "\n".join(reach.told(found, target))
    )


def _text(found: "Ceilings") -> str:
    lines = [
        f"Requests per second over {found.users} connections, client on one core, server on "
        + ("the same one (there is no other): read the ratios only" if found.cores_shared else "another")
        + f"; medians of {found.rounds} rounds of {found.seconds} s"
    ]
    for key, name in _NAMES.items():
        per_s: float | None = getattr(found, key)
        shown = "not installed" if per_s is None else f"{per_s:,.0f}"
        busy = found.server_share.get(key, 0.0)
        limit = f"  (its server was {busy:.0%} busy: the client may do more)" if busy >= _SATURATED else ""
        lines.append(f"  {name:14} {shown:>13}{limit}")
    if found.lean_over_wrk is not None:
        lines.append(f"  load agent / wrk          {found.lean_over_wrk:5.2f}")
    lines.append(f"  load agent / FastHttpUser {found.lean_over_fast_http:5.2f}")
    lines.append(f"  the load agent's lean user costs {found.lean_cpu_us_per_request:.1f} µs of CPU a request")
    return "\n".join(lines)
