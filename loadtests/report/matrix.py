"""A sweep as two tables: lanes down, numbers of users across, requests per second and p99."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell
from loadtests.report.numbers import number
from loadtests.report.rows import Row, ceiling, generator_bound

# So many fit 110 columns beside the names.
_ACROSS = 10
_NAME = 26


def matrices(scenario: str, own: dict[Group, list[Row]]) -> Iterator[Table]:
    """Give the tables; more numbers of users than fit across go on in another pair."""
    users = sorted({group.users for group in own})
    cells = {(cell.users, cell.name): cell for rows in own.values() for cell, _ in rows}
    names = list(dict.fromkeys(name for _, name in cells))
    for first in range(0, len(users), _ACROSS):
        some = users[first : first + _ACROSS]
        yield _matrix(f"{scenario}: requests/s by users", some, names, {at: _qps(cell) for at, cell in cells.items()})
        yield _matrix(f"{scenario}: p99 in ms by users", some, names, {at: _p99(cell) for at, cell in cells.items()})
    yield _ceilings(scenario, own[max(own, key=lambda group: group.users)])


def _matrix(title: str, users: Sequence[int], names: Sequence[str], shown: dict[tuple[int, str], str]) -> Table:
    table = _empty(title)
    for count in users:
        table.add_column(f"{count:,}", justify="right", no_wrap=True)
    for name in names:
        table.add_row(name, *(shown.get((count, name), "") for count in users))
    return table


def _ceilings(scenario: str, rows: Sequence[Row]) -> Table:
    most = rows[0][0].users
    table = _empty(f"{scenario}: what limits at {most:,} users")
    table.add_column("ceiling", overflow="fold")
    for cell, detail in rows:
        table.add_row(cell.name, ceiling(cell, detail))
    return table


def _empty(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("lane", max_width=_NAME, overflow="fold")
    return table


def _qps(cell: Cell) -> str:
    if cell.valid:
        return number(cell.qps)
    return f"≥{number(cell.qps)}" if generator_bound(cell) else "invalid"


def _p99(cell: Cell) -> str:
    return number(cell.rt_ms.p99) if cell.valid else ""
