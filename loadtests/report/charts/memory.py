"""Memory and threads of each lane's processes."""

from collections.abc import Iterator

from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Spec, spec
from loadtests.report.charts.figures import STATES, Point, Work, common
from loadtests.report.charts.words import first_and_last
from loadtests.report.numbers import mebibytes, number

QUESTION = "How much memory and how many threads does a lane take to serve this?"


def memory(work: Work) -> Iterator[Chart]:
    """Give bars of memory and of threads; both are counted whether or not the cell's speed holds."""
    rows = [_row(point) for point in work.points]
    if not any("mib" in row for row in rows):
        return
    names = blocks.best_first([row | {"state": ""} for row in rows], "mib", most=False)
    parts = [_bars(work, names, "mib", "memory (MiB)"), _bars(work, names, "threads", "threads")]
    if not any("threads" in row for row in rows):
        parts.pop()
    yield Chart(
        id=f"{work.scenario}-memory",
        title=f"{work.scenario}: memory and threads",
        question=QUESTION,
        says=first_and_last(
            work.under(work.loads[-1]),
            lambda cell: None if cell.rss_bytes is None else round(cell.rss_bytes / 2**20),
            "MiB",
            most=False,
            states=STATES,
        ),
        group=work.scenario,
        spec=spec(rows, {**blocks.choice(work), "hconcat": parts}, blocks.margin(names, 30)),
    )


def _row(point: Point) -> dict[str, object]:
    """Return the most memory (resident) and threads; `pss` counts what processes share only once."""
    cell, pss = point.cell, point.detail.pss_bytes
    own: dict[str, object] = {}
    if cell.rss_bytes is not None:
        own |= {"mib": cell.rss_bytes / 2**20, "mib_told": mebibytes(cell.rss_bytes)}
    if cell.threads is not None:
        own |= {"threads": cell.threads, "threads_told": number(cell.threads)}
    return common(point) | own | ({} if pss is None else {"pss": pss / 2**20, "pss_told": mebibytes(pss)})


def _bars(work: Work, names: list[str], field: str, title: str) -> Spec:
    """Return bars, pale with an outline where the cell is not valid, and their figures beside them."""
    hint = blocks.hints(mib_told="memory (MiB)", pss_told="of it, shared counted once (MiB)", threads_told="threads")
    y, x = blocks.rows_of(names), blocks.length(field, title)
    colour = looks.by_framework(work.lanes)
    pale = {"condition": {"test": blocks.HOLDS, "value": 0.85}, "value": 0.15}
    outline = colour | {"legend": None}
    bar = {"x": x, "y": y, "color": colour, "stroke": outline, "fillOpacity": pale, "tooltip": hint}
    text = {"x": x, "y": y, "text": {"field": f"{field}_told", "type": "nominal"}}
    layers = [
        {"mark": {"type": "bar", "height": 13, "strokeWidth": 1.5}, "encoding": bar},
        {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": text},
    ]
    known = [{"filter": f"isValid(datum.{field})"}]
    return {"height": blocks.height(names), "width": 300, "transform": known, "layer": layers}
