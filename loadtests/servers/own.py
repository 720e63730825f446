"""Lanes of one's own, from a TOML file whose `[[lane]]` tables have the fields of a row in the lane table."""

import dataclasses
import tomllib
from pathlib import Path

import msgspec

from backing.problem import Problem
from contract.endpoints import STYLES
from loadtests.servers.lanes import LANES, Lane

_PLACES = "{host}, {port}, {address}, {workers} and {threads}"
_FIELDS = {field.name for field in dataclasses.fields(Lane)}


def add(path: Path) -> None:
    """Put the file's lanes into the table; raise a problem that names the row where one is wrong."""
    for lane in read(path):
        if lane.name in LANES:
            raise Problem(f"{path}: there is a lane {lane.name} already; give yours another name")
        LANES[lane.name] = lane


def read(path: Path) -> list[Lane]:
    """Return the file's lanes."""
    try:
        rows = tomllib.loads(path.read_text()).get("lane", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"the lanes in {path} cannot be read: {error}") from None
    if not isinstance(rows, list) or not rows:
        raise Problem(f"{path} has no lanes: write one as a table [[lane]] with {', '.join(sorted(_FIELDS))}")
    return [_named(path, number, row) for number, row in enumerate(rows, 1)]


def _named(path: Path, number: int, row: dict[str, object]) -> Lane:
    try:
        return _lane(row)
    except (ValueError, IndexError) as error:
        raise Problem(f"{path}: lane {number} is not one: {error}") from None
    except KeyError as place:
        raise Problem(f"{path}: lane {number} is not one: its command may hold {_PLACES}, not {place}") from None


def _lane(row: dict[str, object]) -> Lane:
    lane = msgspec.convert(row, Lane)
    if unknown := set(row) - _FIELDS:
        raise ValueError(f"unknown fields {', '.join(sorted(unknown))}")
    if not lane.styles or not set(lane.styles) <= set(STYLES):
        raise ValueError(f"styles must be some of {', '.join(STYLES)}")
    if not any(place in " ".join(lane.command) for place in ("{port}", "{address}")):
        raise ValueError("its command must hold {port} or {address}")
    for word in lane.command:
        word.format(host="", port=0, address="", workers=1, threads=1)
    return lane
