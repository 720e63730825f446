"""Blocks of aligned code as tables: rows of cells that a template writes out, for pages and for the web UI."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from loadtests.reader.align import Row, unlike
from loadtests.reader.blocks import Block
from loadtests.reader.markup import lines
from loadtests.reader.terms import term_of, terms_in

SIGNS = {"same": "", "differs": "≠", "only": "+"}
WORDS = {"same": "", "differs": "the columns differ", "only": "not in every column"}


class Line(msgspec.Struct, frozen=True):
    """One line of a file: `number` counts from 1, `indent` the spaces that it begins with."""

    number: int
    html: Markup
    indent: int


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a row: no lines stand for a gap.

    `listed` says what the code does not: another file that it is of, or where a name comes from, unlike in the others.
    """

    lines: list[Line]
    says_why: bool = False
    listed: str = ""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a table."""

    state: str
    cells: list[Cell]

    @property
    def sign(self) -> str:
        """Return the sign before the row."""
        return SIGNS[self.state]

    @property
    def words(self) -> str:
        """Return what the sign means."""
        return WORDS[self.state]


@cache
def environment() -> Environment:
    """Return the environment of the reader's templates."""
    made = Environment(
        loader=PackageLoader("loadtests", "reader/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["drawn"] = drawn
    made.filters["coded"] = coded
    return made


def coded(text: str) -> Markup:
    """Return a sentence as HTML; what stands between backticks is code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def stylesheet() -> str:
    """Return the styles of all that the reader shows; they touch nothing outside of its elements."""
    return (Path(__file__).parent / "templates" / "reader.css").read_text()


def table(block: Block, *, linked: bool = False) -> Markup:
    """Return a block as an HTML table, `linked` to the terms that the page explains."""
    made = environment().get_template("table.html.j2").module
    return Markup(made.table(block, linked))  # type: ignore[attr-defined]  # noqa: S704 - the template escapes


def columns(block: Block, *, ids: Sequence[str] = (), level: int = 3) -> Markup:
    """Return a block as columns of a grid, which need no table; `ids` are where each is, headings are of a `level`."""
    made = environment().get_template("grid.html.j2").module
    return Markup(made.columns(block, ids=ids, level=level))  # type: ignore[attr-defined]  # noqa: S704 - as above


def key() -> Markup:
    """Return what the signs before the rows say."""
    made = environment().get_template("parts.html.j2").module
    return Markup(made.key())  # type: ignore[attr-defined]  # noqa: S704 - as above


def origins(row: Row, column: int) -> list[str]:
    """Say where a cell's names come from, of those that the other columns take from elsewhere."""
    unit = row.units[column]
    places = sorted(unit.origins) if unit is not None else []
    return [f"{name} of {place}" for name, place in places if name in row.elsewhere]


def drawn(block: Block, *, linked: bool = False) -> list[Drawn]:
    """Return the rows of a block; each column links a term where it first stands."""
    left = {term.anchor for term in terms_in([block])} if linked else set[str]()
    columns = [set(left) for _ in block.columns]
    return [_drawn(block, row, columns) for row in block.rows]


def _drawn(block: Block, row: Row, left: list[set[str]]) -> Drawn:
    cells = [_cell(block, row, column, left[column]) for column in range(len(block.columns))]
    return Drawn(state=row.state, cells=cells)


def _cell(block: Block, row: Row, column: int, left: set[str]) -> Cell:
    """Return a cell; the terms that are linked in it are taken from those that are `left` for its column."""
    unit = row.units[column]
    if unit is None:
        return Cell(lines=[])
    new = {term.anchor for text in unit.texts if (term := term_of(text, unit))} & left
    left -= new
    html = lines(unit, unlike(row, column), frozenset(new))
    every = enumerate(zip(unit.lines, html, strict=True), start=unit.first)
    return Cell(
        lines=[Line(number, each, len(text) - len(text.lstrip(" "))) for number, (text, each) in every],
        says_why=unit.says_why,
        listed=", ".join([unit.file] * (unit.file != block.columns[column].file) + origins(row, column)),
    )
