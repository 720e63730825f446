"""Blocks of aligned code: one definition, as up to three apps write it, or as a plain function and as a coroutine."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePosixPath

import msgspec

from loadtests.reader.align import Row, align
from loadtests.reader.pieces import Piece
from loadtests.reader.units import Unit, units


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a block: `app` is its key where it is one of the three, `missing` says why it is empty.

    `label` tells it from the other sides where a line stands alone.
    """

    title: str
    label: str
    app: str = ""
    style: str = ""
    file: str
    first: int | None = None
    missing: str = ""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Aligned code: each row has a unit, or a gap, for each column."""

    name: str
    columns: list[Column]
    rows: list[Row]

    def lines(self, column: int) -> list[str]:
        """Return a column's lines, in their order."""
        return [line for row in self.rows if (unit := row.units[column]) is not None for line in unit.lines]

    @property
    def unlike(self) -> int:
        """Count the rows in which the columns are not the same."""
        return sum(row.state != "same" for row in self.rows)


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in one column before it is aligned: a definition, with its routes above it."""

    title: str
    file: str
    piece: Piece | None
    routes: Sequence[Piece] = ()
    app: str = ""
    style: str = ""


def block(name: str, sides: Sequence[Side]) -> Block:
    """Align what stands on some sides."""
    columns = [
        Column(
            title=side.title,
            label=label,
            app=side.app,
            style=side.style,
            file=side.file,
            first=side.piece.first if side.piece else None,
            missing="" if side.piece else f"{side.file} has no {name}",
        )
        for side, label in zip(sides, _labels(sides), strict=True)
    ]
    return Block(name=name, columns=columns, rows=align([_units(side) for side in sides]))


def _labels(sides: Sequence[Side]) -> list[str]:
    """Return the shortest of title, file and definition that tells all sides apart."""
    files = [PurePosixPath(side.file).name for side in sides]
    names = [side.piece.name if side.piece else "" for side in sides]
    titles = [side.title or file for side, file in zip(sides, files, strict=True)]
    choices = (titles, files, [f"{file}: {name}" for file, name in zip(files, names, strict=True)])
    return next((each for each in choices if len({*each}) == len(sides)), [side.file for side in sides])


def _units(side: Side) -> list[Unit]:
    found = [unit for route in side.routes for unit in _from(route, route=True)]
    return found + (_from(side.piece) if side.piece else [])


def _from(piece: Piece, *, route: bool = False) -> list[Unit]:
    """Return the units of a piece, each with where its names come from."""
    places = dict(piece.imports)
    found = []
    for unit in units(piece.file, piece.first, piece.lines, route=route):
        # What stands behind a dot is no name of the module.
        names = {name for before, name in pairwise(("", *unit.texts)) if before != "." and name in places}
        origins = frozenset((name, places[name]) for name in names)
        found.append(msgspec.structs.replace(unit, origins=origins) if origins else unit)
    return found
