"""What must hold of a run: `fastapi-coroutine/hello: cpu_us_per_request < 250`, for use where a program decides.

The cell's figure over all rounds is judged as it stands, without an interval: leave room for the run's noise.
"""

import operator
import re
import types
import typing
from collections.abc import Callable, Sequence
from difflib import get_close_matches

import msgspec

from backing.problem import Problem
from loadtests.measurement.errors import failed
from loadtests.measurement.result import Cell, ResponseTime, Summary
from loadtests.measurement.subject import CONTROL
from loadtests.measurement.wish import Wish, all_users
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES

EXAMPLE = "'fastapi-coroutine/hello: cpu_us_per_request < 250'"
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_FORM = re.compile(
    r"""\s*(?P<name>[^/:]+?)\s*
        (?:/\s*(?P<scenario>[^/:]+?)\s*
            (?:/\s*(?P<users>[^/:]+?)\s*)?
        )?
        :\s*(?P<metric>[\w.]+)\s*(?P<sign><=|>=|<|>)\s*(?P<bound>\S+)\s*""",
    re.VERBOSE,
)
ERROR_SHARE = "error_share"
# They say what was asked for, not what was found.
_ASKED = {"users", "rate", "workers"}


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """One condition that must hold; `scenario` and `users` are None where it is one on all of them.

    `name` is a cell's, or a lane's, which stands for all cells of the lane but its control.
    """

    name: str
    scenario: str | None
    users: int | None
    metric: str
    sign: str
    bound: float

    def __str__(self) -> str:
        where = "/".join(str(part) for part in (self.name, self.scenario, self.users) if part is not None)
        return f"{where}: {self.metric} {self.sign} {self.bound:g}"

    def concerns(self, cell: Cell) -> bool:
        """Tell whether it is about this cell."""
        return (
            (self.name == cell.name or (self.name == cell.lane and not cell.name.endswith(CONTROL)))
            and self.scenario in {None, cell.scenario}
            and self.users in {None, cell.users}
        )


def metrics() -> list[str]:
    """Return the names that may stand before the sign: each number of a cell, response times as p99_ms etc."""
    of_cell = [name for name in _numbers(Cell) if name not in _ASKED]
    return [*of_cell, *(f"{name}_ms" for name in _numbers(ResponseTime)), ERROR_SHARE]


def _numbers(struct: type[msgspec.Struct]) -> list[str]:
    return [name for name, kind in typing.get_type_hints(struct).items() if _is_number(kind)]


def _is_number(kind: object) -> bool:
    kinds = set(typing.get_args(kind)) if isinstance(kind, types.UnionType) else {kind}
    return kinds - {types.NoneType} <= {int, float}


def parse(text: str) -> Threshold:
    """Read `LANE[/SCENARIO[/USERS]]: METRIC < NUMBER` (or >, <=, >=); raise `Problem` with what is wrong in it."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise Problem(f"--fail-on {text!r}: write LANE[/SCENARIO[/USERS]]: METRIC < NUMBER, such as {EXAMPLE}")
    name, scenario, users = form["name"], form["scenario"], form["users"]
    # A cell whose lane was changed in something is called by the lane and what was changed.
    _known(text, "lane", name.split()[0], LANES)
    if scenario is not None:
        _known(text, "scenario", scenario, SCENARIOS)
    # What is written `rt_ms.p99` in summary.json is the same as `p99_ms`.
    metric = re.sub(r"^rt_ms\.(\w+)$", r"\1_ms", form["metric"])
    _known(text, "metric", metric, metrics())
    return Threshold(
        name=name,
        scenario=scenario,
        users=None if users is None else _users(text, users),
        metric=metric,
        sign=form["sign"],
        bound=_bound(text, form["bound"]),
    )


def require_measured(conditions: Sequence[Threshold], wish: Wish) -> None:
    """Raise `Problem` where a run that is only planned will have nothing that a condition is about."""
    for condition in conditions:
        for what, named, planned in (
            ("lane", condition.name.split()[0], wish.lanes),
            ("scenario", condition.scenario, wish.scenarios),
            ("number of users", condition.users, all_users(wish)),
        ):
            if named is not None and named not in planned:
                those = ", ".join(map(str, planned))
                raise Problem(f"--fail-on '{condition}': this run has no {what} {named}, only {those}")


def _known(text: str, what: str, name: str, known: typing.Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        likely = [each for each in names if each.startswith(name)] or get_close_matches(name, names, n=1)
        hint = f"did you mean {likely[0]}" if likely else f"use one of {', '.join(names)}"
        raise Problem(f"--fail-on {text!r}: there is no {what} {name}; {hint}")


def _users(text: str, users: str) -> int:
    if not (users.isascii() and users.isdigit()):
        raise Problem(f"--fail-on {text!r}: {users} is no number of users; write LANE/SCENARIO/64, say")
    return int(users)


def _bound(text: str, bound: str) -> float:
    try:
        value = float(bound)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise Problem(f"--fail-on {text!r}: {bound} is no number; write it without a unit, as in {EXAMPLE}")
    return value


def judge(thresholds: Sequence[Threshold], summary: Summary) -> list[str]:
    """Return a sentence for each condition and cell in which it does not hold; a cell that shows nothing does not."""
    return [sentence for threshold in thresholds for sentence in _broken(threshold, summary)]


def _broken(threshold: Threshold, summary: Summary) -> list[str]:
    concerned = [cell for cell in summary.cells if threshold.concerns(cell)]
    if not concerned:
        measured = sorted({f"{cell.name}/{cell.scenario}/{cell.users}" for cell in summary.cells})
        return [f"{threshold}: not met, because no such cell was measured (there are {', '.join(measured) or 'none'})"]
    return [found for cell in concerned if (found := _sentence(threshold, cell)) is not None]


def _sentence(threshold: Threshold, cell: Cell) -> str | None:
    where = f"{threshold}: not met, because {cell.name}/{cell.scenario}/{cell.users}"
    if not cell.valid:
        return f"{where} is not valid: {'; '.join(map(str, cell.reasons)) or 'no reason was given'}"
    value = figure(cell, threshold.metric)
    if value is None:
        return f"{where} has no {threshold.metric}: it could not be measured"
    if OPERATORS[threshold.sign](value, threshold.bound):
        return None
    return f"{where} has {value:.6g}"


def figure(cell: Cell, metric: str) -> float | None:
    """Return a cell's figure, None where it was not measured.

    Errors are those of whole slices and requests those of windows, so their share is, if anything, too high.
    """
    if metric == ERROR_SHARE:
        return failed(cell.errors) / cell.requests if cell.requests else None
    of = cell.rt_ms if metric.endswith("_ms") else cell
    return typing.cast("float | None", getattr(of, metric.removesuffix("_ms")))
