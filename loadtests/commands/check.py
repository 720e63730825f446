"""`trilane check URL|LANE|all`: hold what answers there to the contract."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Annotated

import msgspec
import typer

from backing import direct
from backing.problem import Problem
from backing.scratch import scratch
from backing.services import services
from contract.conformance import Check, Outcome
from contract.conformance import check as conformance
from contract.conformance.orders import KEYS
from contract.endpoints import BY_NAME, STYLES
from loadtests.servers import LANES, Server, served
from loadtests.servers import stack as stack_named
from loadtests.servers.lanes import find
from loadtests.servers.serving import serving
from loadtests.servers.stacks import NAMES


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at one address; `stack` is None where only the address is known."""

    target: str
    stack: str | None
    checks: list[Check]

    def count(self, outcome: Outcome) -> int:
        """Return how many checks ended so."""
        return sum(check.outcome is outcome for check in self.checks)


def check(
    target: Annotated[str, typer.Argument(metavar="URL|LANE|all", help="A base URL, a lane's name, or every lane.")],
    *,
    stack: Annotated[str, typer.Option(help="For lanes: `current`, `vintage` or `all`.")] = "current",
    database: Annotated[
        str | None, typer.Option(help="For lanes: `postgresql` or `mariadb` [default: postgresql].")
    ] = None,
    session_store: Annotated[
        str | None, typer.Option(help="For lanes: `cookie` or `valkey` [default: cookie].")
    ] = None,
    style: Annotated[str, typer.Option(help="For a URL: `sync`, `async` or `all`.")] = "all",
    endpoint: Annotated[
        list[str] | None,
        typer.Option(help="For an app that has these endpoints alone: their names, one by one or with commas."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every check as JSON.")] = False,
) -> None:
    """Hold an app to the contract over HTTP: exit 0 when it keeps it, 1 when it does not."""
    found = []
    at_url = "://" in target
    styles, only = _chosen("style", style, STYLES), _endpoints(endpoint or ())
    for checked in _at(target, styles, only) if at_url else _lanes(target, stack, database, session_store, only):
        found.append(checked)
        typer.echo(_line(checked), err=True)
    typer.echo(msgspec.json.encode(found).decode() if as_json else _report(found, only))
    raise typer.Exit(1 if any(checked.count(Outcome.FAILED) for checked in found) else 0)


def _at(url: str, styles: Sequence[str], only: Collection[str]) -> Iterator[Checked]:
    if not url.startswith(("http://", "https://")):
        raise Problem(f"{url} is no address to check: it must start with http:// or https://")
    yield Checked(target=url, stack=None, checks=conformance(url.rstrip("/"), styles=styles, endpoints=only))


def _lanes(name: str, stacks: str, database: str | None, store: str | None, only: Collection[str]) -> Iterator[Checked]:
    lanes = list(LANES.values()) if name == "all" else [find(name)]
    chosen = [stack_named(own).name for own in _chosen("stack", stacks, NAMES)]
    with ExitStack() as block:
        folder = block.enter_context(scratch())
        backing = block.enter_context(services(folder, log_folder=folder, database=database, session_store=store))
        block.callback(forget_orders, backing.database_url)
        for own in chosen:
            with served(lanes, services=backing, folder=folder, stack=own, workers=1) as servers:
                yield from (_held(server, backing.session_store, only) for server in servers)


def forget_orders(database_url: str) -> None:
    """Remove what this process's checks have ordered: over HTTP nobody can."""
    with suppress(*direct.ERRORS), direct.cursor(database_url) as cursor:
        cursor.execute('DELETE FROM "order" WHERE lower(idempotency_key) LIKE %s', (f"{KEYS}%",))


def _held(server: Server, session_store: str, only: Collection[str]) -> Checked:
    lane = server.lane
    served_as = serving(lane, server.stack, session_store)
    checks = conformance(server.base_url, styles=lane.styles, serving=served_as, endpoints=only)
    return Checked(target=lane.name, stack=server.stack, checks=checks)


def _chosen(option: str, value: str, known: Sequence[str]) -> Sequence[str]:
    if value not in {*known, "all"}:
        raise Problem(f"--{option} is {value!r}: it must be one of {', '.join(known)}, all")
    return known if value == "all" else [value]


def _endpoints(named: Sequence[str]) -> list[str]:
    found = [name.strip() for each in named for name in each.split(",")]
    if unknown := [name for name in found if name not in BY_NAME]:
        raise Problem(f"--endpoint is {unknown[0]!r}: it must be some of {', '.join(BY_NAME)}")
    return found


def _line(checked: Checked) -> str:
    counts = ", ".join(f"{checked.count(outcome)} {outcome.value}" for outcome in Outcome)
    return f"{_name(checked)}: {counts}"


def _name(checked: Checked) -> str:
    return f"{checked.target} ({checked.stack})" if checked.stack else checked.target


def _report(found: Sequence[Checked], only: Sequence[str]) -> str:
    """Return one line per failure and one per reason for which nobody looked."""
    all_checks = [(_name(checked), check) for checked in found for check in checked.checks]
    failures = [(name, check.name, check.reason) for name, check in all_checks if check.failed]
    skips = Counter(check.reason for _, check in all_checks if check.outcome is Outcome.SKIPPED)
    kept = f"The contract of {', '.join(only)} is kept." if only else "The contract is kept."
    widths = [max(len(row[column]) for row in failures) for column in (0, 1)] if failures else [0, 0]
    return "\n".join(
        [
            *(f"{where:{widths[0]}}  {what:{widths[1]}}  {reason}" for where, what, reason in failures),
            *(f"{number} not looked at: {reason}" for reason, number in skips.items()),
            f"{len(failures)} of {len(all_checks)} checks failed" if failures else kept,
        ]
    )
