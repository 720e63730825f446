"""What terminal and page share: the cells of a run in the order in which people read them, and what is said of each."""

from collections.abc import Callable, Sequence

import msgspec

from loadtests.measurement.group import Group, group_of
from loadtests.measurement.limiter import ceiling_of
from loadtests.measurement.result import Cell, Detail, Summary
from loadtests.measurement.steal import taken_share
from loadtests.measurement.verdict import Control, Evenness, Verdict
from loadtests.measurement.verdicts import unbeaten as unbeaten_of
from loadtests.report.numbers import MISSING, number, share

Row = tuple[Cell, Detail]

METRICS = {"qps": "requests/s", "cpu_us_per_request": "CPU per request", "mean_ms": "mean RT", "p99_ms": "p99"}
# From so many numbers of users on, one table of all of them says more than a table for each.
SWEPT_FROM = 3
# From here on what others took of the server's cores may hide what ran out.
_TAKEN = 0.1


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario: its groups, and whether they are a sweep over numbers of users."""

    scenario: str
    groups: dict[Group, list[Row]]
    swept: bool


def groups(summary: Summary) -> dict[Group, list[Row]]:
    """Return each group's cells with their details, best first, unranked ones last."""
    found: dict[Group, list[Row]] = {}
    details = {(group_of(detail), detail.name): detail for detail in summary.details}
    for cell in summary.cells:
        found.setdefault(group_of(cell), []).append((cell, details[group_of(cell), cell.name]))
    for rows in found.values():
        rows.sort(key=lambda row: (row[1].rank is None, row[1].rank or 0, -(row[0].qps or 0.0)))
    return found


def sections(summary: Summary) -> list[Section]:
    """Return the scenarios with their groups."""
    found: dict[str, dict[Group, list[Row]]] = {}
    for group, rows in groups(summary).items():
        found.setdefault(group.scenario, {})[group] = rows
    return [Section(scenario=name, groups=own, swept=_swept(own)) for name, own in found.items()]


def _swept(own: dict[Group, list[Row]]) -> bool:
    return len({group.users for group in own}) >= SWEPT_FROM and all(group.rate is None for group in own)


def alone(rows: Sequence[Row]) -> bool:
    """Tell whether a group has no two cells with a rank, so that there is nothing to compare."""
    return sum(detail.rank is not None for _, detail in rows) < 2  # noqa: PLR2004 - two are compared


def rank(row: Row, rows: Sequence[Row]) -> str:
    """Return the rank of a cell in its group; nothing where it stands alone."""
    own = row[1].rank
    return "" if own is not None and alone(rows) else number(own)


def unbeaten(summary: Summary) -> set[tuple[Group, str]]:
    """Return the ranked cells that no other one of their group surely serves more than.

    A cell that stands alone is not among them: it was compared with nothing.
    """
    found: set[tuple[Group, str]] = set()
    for group, rows in groups(summary).items():
        if alone(rows):
            continue
        verdicts = [each for each in summary.verdicts if group_of(each) == group]
        best = unbeaten_of([cell.name for cell, _ in rows], verdicts)
        found |= {(group, cell.name) for cell, detail in rows if detail.rank is not None and cell.name in best}
    return found


def served(cell: Cell) -> str:
    """Return requests per second, `≥` where the generator could ask for no more; of other invalid cells no number."""
    return number(cell.qps) if cell.valid else f"≥ {number(cell.qps)}" if generator_bound(cell) else "not valid"


def generator_bound(cell: Cell) -> bool:
    """Tell whether the cell is not valid for this reason alone."""
    return {reason.check for reason in cell.reasons} == {"generator"}


def ceiling(cell: Cell, detail: Detail) -> str:
    """Return the arithmetic of what limits a cell; that it is not known, where it is not."""
    if cell.limiter is None:
        return _not_known(detail) if cell.valid else ""
    found = ceiling_of(cell.limiter, detail.ceilings)
    return cell.limiter if found is None else found.formula


def _not_known(detail: Detail) -> str:
    taken = taken_share(detail.account) or 0.0
    return "not known" if taken < _TAKEN else f"not known: others had {share(taken)} of its cores"


def _plainly(_: str, text: str) -> str:
    return text


def resolution(control: Control, placed: Callable[[str, str], str] = _plainly) -> str:
    """Return what one lane against itself showed; `placed` gives each figure, by its name, what it stands in."""
    metric = METRICS[control.metric]
    if control.low is None or control.half_width is None:
        return f"{metric}: too few rounds to tell"
    own, low, high = (placed(name, ratio(getattr(control, name))) for name in ("ratio", "low", "high"))
    least = placed("half_width", share(control.half_width))
    return f"{metric} {own} [{low}, {high}], so differences below {least} cannot be told"


def evened(every: Sequence[Evenness], placed: Callable[[Evenness, str, str], str] = lambda *told: told[-1]) -> str:
    """Return what held-out pace did to the spreads of a group; nothing where none was held out.

    `placed` gives each figure, by whose it is and its name, what it stands in.
    """
    if not every:
        return ""
    spreads = ", ".join(
        f"{METRICS[each.metric]} {placed(each, 'before', share(each.before))}"
        f" → {placed(each, 'after', share(each.after))}"
        for each in every
    )
    return f"the cores' pace is held out of the ratios; spread of a slice without and with that: {spreads}"


def ratio(value: float | None) -> str:
    """Return a ratio with two decimals."""
    return MISSING if value is None else f"{value:.2f}"


def open_because(verdict: Verdict) -> str:
    """Return what would decide an undecided pair, nothing where it is decided."""
    if verdict.verdict != "undecided":
        return ""
    if verdict.rounds_needed is not None:
        return f"about {verdict.rounds_needed:,} rounds would decide it"
    if verdict.low is None:
        return "too few requests" if verdict.metric == "p99_ms" else "too few rounds"
    return "no number of rounds in sight would decide it"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences or warnings: those about one level of a sweep, those about one other load, and the rest.

    What is said of a sweep's most users is general: it stands for the sweep.
    """

    general: list[str]
    of_level: dict[Group, list[str]]
    of_group: dict[Group, list[str]]


def told(summary: Summary, texts: Sequence[str], *, by_group: bool = False) -> Told:
    """Take apart what is said of the single levels of a sweep: beside its curves it would only bury the rest.

    With `by_group` all that is said of one load goes with it.
    """
    found = sections(summary)
    swept = [list(section.groups) for section in found if section.swept]
    levels = {group for own in swept for group in sorted(own, key=lambda group: group.users)[:-1]}
    every = [group for section in found for group in section.groups]
    told = Told(general=[], of_level={group: [] for group in every if group in levels}, of_group={})
    for text in texts:
        group = next((group for group in every if text.startswith(f"{group}: ")), None)
        if group in levels:
            told.of_level[group].append(text.removeprefix(f"{group}: "))
        elif by_group and group is not None:
            told.of_group.setdefault(group, []).append(text.removeprefix(f"{group}: "))
        else:
            told.general.append(text)
    return told
