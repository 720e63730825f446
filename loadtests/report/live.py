"""Progress on standard error: a table that fills up in a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from loadtests.measurement.errors import failed
from loadtests.measurement.per_round import qps
from loadtests.measurement.plan import Plan, Turn
from loadtests.measurement.record import Record
from loadtests.report.numbers import clock, number

# What a figure takes in the table, and what stands between two.
_FIGURE_WIDTH = 9
_GAP = 2
# With more groups than this their rounds are not listed one by one.
_NAMED = 4


class Watch:
    """What has been seen and how much is left: the part that terminal and plain lines share."""

    def __init__(self) -> None:
        self.step = ""
        # By column, the one that was measured last at the end.
        self.latest: dict[str, dict[str, Record]] = {}
        self._expected_s = 0.0
        self._left_s = 0.0
        self._turn: tuple[Turn, float] | None = None

    def begin(self, plan: Plan) -> None:
        """Keep what the rounds are expected to take."""
        self._left_s = plan.expected_s
        counts = ", ".join(f"{group}: {count}" for group, count in plan.rounds.items())
        if len(plan.rounds) > _NAMED:
            counts = f"{min(plan.rounds.values())} to {max(plan.rounds.values())} of each of {len(plan.rounds)} groups"
        self.step = f"{len(plan.turns)} rounds ({counts}), about {clock(plan.expected_s)}"

    def turn(self, turn: Turn, plan: Plan) -> None:
        """Take the round before off the time that is left."""
        if self._turn is not None:
            self._left_s -= self._turn[1]
        self._turn = (turn, sum(plan.timing(turn.group, name).cost_s for name in turn.names))
        self.step = f"{turn.group}: round {turn.round} of {plan.rounds[str(turn.group)]}, {clock(self._left_s)} left"

    def record(self, record: Record) -> None:
        """Keep a slice as the latest of its cell."""
        column = _column(record)
        self.latest[column] = self.latest.pop(column, {}) | {record.name: record}

    def columns(self, width: int) -> dict[str, dict[str, Record]]:
        """Return the columns that were measured last, as many as fit beside the names, in their natural order."""
        # Another thread draws while this one measures.
        latest = dict(self.latest)
        left = width - max((len(name) for column in latest.values() for name in column), default=0)
        fitting: list[str] = []
        for column in reversed(latest):
            left -= max(len(column), _FIGURE_WIDTH) + _GAP
            if left < 0 and fitting:
                break
            fitting.append(column)
        return {column: latest[column] for column in sorted(fitting, key=_natural)}


def _natural(column: str) -> tuple[str, float]:
    """Sort columns by their scenario, then by the number at their end."""
    scenario, _, number_of = column.partition(" × ")
    return scenario, float(number_of) if number_of.isdigit() else 0.0


def figure(record: Record) -> str:
    """Return the latest figure of a cell; `~` marks a provisional one."""
    if record.void is not None or record.client is None:
        return "void"
    mark = "~" if record.round == 0 else ""
    errors = failed(record.client.errors)
    return f"{mark}{number(qps(record.client))}/s" + (f" {errors} failed" if errors else "")


def _column(record: Record) -> str:
    if record.rate is not None:
        return f"{record.scenario}, {record.rate:g}/s"
    return record.scenario if record.users == 1 else f"{record.scenario} × {record.users}"


class Lines:
    """One line a step, the figures of a round together."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._watch = Watch()
        self._round: list[str] = []

    def say(self, text: str) -> None:
        """Print a step."""
        self.flush()
        self._print(text)

    def begin(self, plan: Plan) -> None:
        """Print what is planned."""
        self.flush()
        self._watch.begin(plan)
        self._print(self._watch.step)

    def turn(self, turn: Turn, plan: Plan) -> None:
        """Print the round that ended."""
        self.flush()
        self._watch.turn(turn, plan)

    def record(self, record: Record) -> None:
        """Print a provisional figure at once, others with their round."""
        text = f"{record.name} {figure(record)}"
        if record.round:
            self._round.append(text)
        else:
            self._print(f"provisional: {_column(record)}: {text}")

    def flush(self) -> None:
        """Print what is not printed yet."""
        if self._round:
            self._print(f"{self._watch.step}: {', '.join(self._round)}")
            self._round = []

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class Board:
    """A table in a terminal: lanes down, kinds of work across, the latest figure in each cell."""

    def __init__(self, console: Console) -> None:
        self._watch = Watch()
        self._began = time.monotonic()
        self._now = ""
        self.live = Live(console=console, get_renderable=self._render, refresh_per_second=2, transient=True)

    def say(self, text: str) -> None:
        """Show a step."""
        self._watch.step, self._now = text, ""

    def begin(self, plan: Plan) -> None:
        """Show what is planned."""
        self._watch.begin(plan)

    def turn(self, turn: Turn, plan: Plan) -> None:
        """Show which round runs and the time left."""
        self._watch.turn(turn, plan)

    def record(self, record: Record) -> None:
        """Show the latest figure of a cell."""
        self._now = record.name
        self._watch.record(record)

    def _render(self) -> Group:
        head = Text(f"{clock(time.monotonic() - self._began)}  {self._watch.step}  {self._now}", style="bold")
        if not self._watch.latest:
            return Group(head)
        columns = self._watch.columns(self.live.console.width)
        table = Table(box=None, pad_edge=False)
        table.add_column("lane")
        for column in columns:
            table.add_column(column, justify="right")
        for lane in dict.fromkeys(lane for cells in columns.values() for lane in sorted(cells)):
            cells = (column.get(lane) for column in columns.values())
            table.add_row(lane, *(figure(cell) if cell else "" for cell in cells))
        return Group(head, table, Text("~ provisional, from the warm-up", style="dim"))


@contextmanager
def watching(console: Console) -> Iterator[Lines | Board]:
    """Show a run's progress on `console`, as it can."""
    if console.is_terminal:
        board = Board(console)
        with board.live:
            yield board
        return
    lines = Lines(console)
    try:
        yield lines
    finally:
        lines.flush()
