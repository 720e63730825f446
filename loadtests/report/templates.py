"""The pages' templates, and how figures stand in them."""

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from loadtests.measurement import plan
from loadtests.measurement.group import Group, Grouped, group_of
from loadtests.measurement.limiter import ceiling_of
from loadtests.reader.sections import TITLES
from loadtests.reader.tables import columns, key, stylesheet
from loadtests.report.charts.figures import ends
from loadtests.report.checks import briefly
from loadtests.report.columns import ARRIVALS, FIGURES, TOPICS
from loadtests.report.index import Index, told
from loadtests.report.numbers import MISSING, mebibytes, number, share, span
from loadtests.report.rows import Row, ceiling, open_because, rank, served
from loadtests.report.timeline import KINDS, WIDTH, minutes


@cache
def template(name: str) -> Template:
    """Return a template of this package; what is missing in it is an error."""
    environment = Environment(
        loader=PackageLoader("loadtests", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        share=share,
        mebibytes=mebibytes,
        span=span,
        minutes=minutes,
        capitalised=_capitalised,
        ticked=_ticked,
        served=served,
        briefly=briefly,
        open_because=open_because,
        group_name=_group_name,
        plain=_plain,
    )
    environment.globals.update(
        told=told,
        ran_out=_ran_out,
        interval=_interval,
        anchor=anchor,
        rank=rank,
        aligned=columns,
        key=key,
        code_style=lambda: Markup(stylesheet()),  # noqa: S704 - a file of this project
        TITLES=TITLES,
        FIGURES=FIGURES,
        ARRIVALS=ARRIVALS,
        TOPICS=TOPICS,
        PLANNED=plan,
        KINDS=KINDS,
        WIDTH=WIDTH,
    )
    return environment.get_template(name)


def anchor(group: Group) -> str:
    """Return the id of a load's place on the page."""
    return "load-" + re.sub(r"[^a-z0-9]+", "-", str(group).lower()).strip("-")


def _capitalised(text: str) -> str:
    """Return a reason as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _ticked(text: str) -> Markup:
    """Return a sentence in which what stands in backticks is code."""
    parts = text.split("`")
    shown = [Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)]
    return Markup().join(shown)


def _plain(value: float) -> str:
    """Return a setting as it was written, without zeros that say nothing."""
    return f"{value:g}"


def _interval(value: float | None, rounds: Sequence[float | None]) -> str:
    """Return the 95 % interval of a figure over its rounds, as the charts draw it."""
    found = ends("of", value, rounds)
    return f"{number(found['of_low'])} to {number(found['of_high'])}" if "of_low" in found else MISSING


def _ran_out(index: Index, row: Row) -> Markup | str:
    """Return the arithmetic of what limits a cell, with its place where it has one."""
    cell, detail = row
    if cell.limiter is None:
        return ceiling(cell, detail)
    found = ceiling_of(cell.limiter, detail.ceilings)
    if found is None:
        return told(f"cells.{index.cell(cell)}.limiter", cell.limiter)
    return told(f"details.{index.cell(cell)}.ceilings.{detail.ceilings.index(found)}.formula", found.formula)


def _group_name(each: Grouped) -> str:
    return str(group_of(each))
