"""Small line charts as SVG inside the page: logarithmic numbers of users across, a figure upwards, light and dark.

Colours and line styles are classes that the page's style sheet defines, so one chart serves both colour schemes.
"""

import html
import math
from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from loadtests.report.numbers import number

COLOURS = 8
MEASURED = "measured"
# From this ratio of the largest to the smallest figure on, a linear axis would show only the largest.
_LOGARITHMIC_FROM = 20.0
_TICKS = 6
_LABEL_PX = 14.0
_X_LABEL_PX = 34.0
_LOG_STEPS = (1.0, 2.0, 5.0)

Point = tuple[float, float]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line; `style` is measured, ceiling or law. One without a `name` has no label at its end."""

    points: list[Point]
    colour: int
    style: str = MEASURED
    name: str = ""


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """Pixels of the picture and of the margins around its axes."""

    width: float
    height: float
    left: float = 52.0
    right: float = 12.0
    top: float = 12.0
    bottom: float = 38.0


WIDE = Size(width=575, height=350, right=160)
SMALL = Size(width=280, height=180)


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Maps figures from `low` to `high` onto pixels, linearly or by logarithm."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool

    def at(self, value: float) -> float:
        """Return where a figure stands."""
        low, high, value = (math.log(each) if self.logarithmic else each for each in (self.low, self.high, value))
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)


def chart(lines: Sequence[Line], *, title: str, y_label: str, size: Size = WIDE) -> Markup:
    """Return the picture; points whose figure is not above 0 have no place on it. Empty without any point."""
    lines = [msgspec.structs.replace(line, points=[p for p in line.points if p[1] > 0]) for line in lines]
    points = [point for line in lines for point in line.points]
    if not points:
        return Markup()
    x, y = _x_scale(points, size), _y_scale(points, size)
    head = f'<svg class="chart" viewBox="0 0 {size.width:g} {size.height:g}" width="{size.width:g}" '
    parts = [
        f'{head} height="{size.height:g}" role="img" aria-label="{html.escape(title)}">',
        *_grid([point for line in lines if line.style == MEASURED for point in line.points], x, y, size),
        f'<text class="axis" x="{size.left:g}" y="{size.height - 4:g}">users</text>',
        f'<text class="axis" x="{size.left:g}" y="{size.top - 2:g}">{html.escape(y_label)}</text>',
        *(_drawn(line, x, y) for line in lines if line.points),
        *_labels(lines, x, y, size),
        "</svg>",
    ]
    return Markup("\n".join(parts))  # noqa: S704 - every text in it is escaped above


def _x_scale(points: Sequence[Point], size: Size) -> Scale:
    users = [point[0] for point in points]
    return Scale(
        low=min(users), high=max(users), start=size.left, end=size.width - size.right, logarithmic=min(users) > 0
    )


def _y_scale(points: Sequence[Point], size: Size) -> Scale:
    figures = [point[1] for point in points]
    logarithmic = max(figures) / min(figures) >= _LOGARITHMIC_FROM
    top = size.top + 8
    low = min(figures) / 1.1 if logarithmic else 0.0
    return Scale(low=low, high=max(figures) * 1.05, start=size.height - size.bottom, end=top, logarithmic=logarithmic)


def _grid(points: Sequence[Point], x: Scale, y: Scale, size: Size) -> list[str]:
    """Return the lines across with their figures, and the numbers of users below."""
    parts = []
    for tick in _ticks(y):
        at = y.at(tick)
        parts += [
            f'<line class="grid" x1="{x.start:g}" x2="{x.end:g}" y1="{at:.1f}" y2="{at:.1f}"/>',
            f'<text class="tick" x="{x.start - 6:g}" y="{at + 4:.1f}" text-anchor="end">{number(tick)}</text>',
        ]
    last = -math.inf
    for users in sorted({point[0] for point in points}):
        if (at := x.at(users)) - last >= _X_LABEL_PX:
            last, below = at, size.height - size.bottom + 16
            parts.append(f'<text class="tick" x="{at:.1f}" y="{below:g}" text-anchor="middle">{number(users)}</text>')
    return parts


def _ticks(scale: Scale) -> list[float]:
    """Return round figures within a scale, six or so."""
    if scale.logarithmic:
        powers = range(math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high)) + 1)
        every = [step * 10.0**power for power in powers for step in _LOG_STEPS]
        found = [each for each in every if scale.low <= each <= scale.high]
        return found if len(found) <= _TICKS else [each for each in found if _is_power(each)] or found[::3]
    step = _round_step(scale.high / _TICKS)
    return [step * place for place in range(int(scale.high / step) + 1)]


def _is_power(value: float) -> bool:
    return math.isclose(math.log10(value), round(math.log10(value)), abs_tol=1e-9)


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (*_LOG_STEPS, 10.0) if step * power >= least)


def _drawn(line: Line, x: Scale, y: Scale) -> str:
    places = [f"{x.at(users):.1f},{y.at(figure):.1f}" for users, figure in line.points]
    colour = f"c{line.colour % COLOURS}"
    again = " again" if line.colour >= COLOURS and line.style == MEASURED else ""
    path = f'<polyline class="{line.style}{again} {colour}" points="{" ".join(places)}"/>'
    if line.style != MEASURED:
        return path
    dots = (
        f'<circle class="{colour}" cx="{x.at(users):.1f}" cy="{y.at(figure):.1f}" r="2.5">'
        f"<title>{html.escape(line.name)}: {number(figure)} at {number(users)} users</title></circle>"
        for users, figure in line.points
    )
    return path + "".join(dots)


def _labels(lines: Sequence[Line], x: Scale, y: Scale, size: Size) -> list[str]:
    """Return the names at the lines' ends, pushed apart where they would cover each other."""
    if size.right < WIDE.right:
        return []
    named = [(y.at(line.points[-1][1]), line) for line in lines if line.name and line.points]
    ends = sorted(named, key=lambda end: end[0])
    places = _apart([at for at, _ in ends], size.height - size.bottom)
    return [_label(line, x.end + 8, at + 4) for at, (_, line) in zip(places, ends, strict=True)]


def _label(line: Line, x: float, y: float) -> str:
    return f'<text class="label c{line.colour % COLOURS}" x="{x:g}" y="{y:.1f}">{html.escape(line.name)}</text>'


def _apart(wanted: Sequence[float], lowest: float) -> list[float]:
    """Return places at least a line's height apart, as near to those that are wanted as one pass each way allows."""
    places: list[float] = []
    for at in wanted:
        places.append(max(at, places[-1] + _LABEL_PX) if places else at)
    limit = lowest
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], limit)
        limit = places[index] - _LABEL_PX
    return places
