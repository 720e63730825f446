"""Processes, threads, greenlets and coroutines in one picture: what each serves, how soon, and with how much memory."""

from collections.abc import Iterator

from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import HEIGHT_PX, Chart, Rows, Spec, spec
from loadtests.report.charts.figures import BOUND, INVALID, VALID, Point, Work, common, ends, state
from loadtests.report.numbers import mebibytes, number

QUESTION = "What do processes, threads, greenlets and coroutines trade against each other?"


def tradeoff(work: Work) -> Iterator[Chart]:
    """Give requests per second against p99 and against memory, where several lanes ran as they are."""
    if work.variants:
        return
    rows = [_row(point) for point in work.points]
    held = [row for row in rows if row["state"] == VALID and "qps" in row]
    if len({row["name"] for row in held}) < 2:  # noqa: PLR2004 - one alone trades nothing
        return
    parts = [_part(work, rows, field, title) for field, title in (("p99", "p99 (ms)"), ("mib", "memory (MiB)"))]
    view = {**blocks.choice(work), "hconcat": [part for part in parts if part]}
    yield Chart(
        id=f"{work.scenario}-tradeoff",
        title=f"{work.scenario}: what each model serves, how soon, and with how much memory",
        question=QUESTION,
        says=_says(work.under(work.loads[-1])),
        group=work.scenario,
        spec=spec(rows, view, {"margin": 75}),
    )


def _row(point: Point) -> dict[str, object]:
    cell = point.cell
    memory = {} if cell.rss_bytes is None else {"mib": cell.rss_bytes / 2**20, "mib_told": mebibytes(cell.rss_bytes)}
    waited = {} if cell.rt_ms.p99 is None else {"p99": cell.rt_ms.p99, "p99_told": number(cell.rt_ms.p99)}
    return common(point) | ends("qps", cell.qps, point.detail.qps_per_round) | waited | memory


def _part(work: Work, rows: Rows, field: str, title: str) -> Spec | None:
    """Return one of the two pictures; the lower right corner is where one wants to be."""
    if not any(field in row and row["state"] == VALID for row in rows):
        return None
    look = looks.of_lanes(work.lanes)
    top = [row for row in rows if row["load"] == work.loads[-1].text]
    x = blocks.quantity("qps", "requests/s", blocks.scale_of(top, "qps"), zero=True)
    y = blocks.quantity(field, title, blocks.scale_of(top, field), zero=True)
    hint = blocks.hints(qps_told="requests/s", p99_told="p99 (ms)", mib_told="memory (MiB)")
    known = f"isValid(datum.{field}) && isValid(datum.qps)"
    span = {"x": x | {"field": "qps_low"}, "x2": {"field": "qps_high"}, "y": y}
    place = {"x": x, "y": y, "color": look["color"], "shape": look["shape"], "tooltip": hint}
    hollow = place | looks.without_legends({"color": look["color"], "shape": look["shape"]})
    bound = f"{blocks.SHOWN} && !({blocks.HOLDS}) && {known}"
    point: Spec = {"type": "point", "filled": True, "opacity": 1, "size": 110}
    layers = [
        blocks.layer(
            {"type": "rule", "opacity": 0.5},
            f"{blocks.SHOWN} && {known} && isValid(datum.qps_high)",
            span | {"color": hollow["color"]},
        ),
        blocks.layer(point, f"{blocks.HOLDS} && {known}", place),
        blocks.layer(point | {"filled": False, "strokeWidth": 2}, bound, hollow),
        _nothing(f"{blocks.SHOWN} && {known}", f"no {title.partition(' ')[0]} that holds under this load"),
    ]
    return {"height": HEIGHT_PX, "width": 320, "layer": layers}


def _nothing(drawn: str, text: str) -> Spec:
    """Return the words in a picture in which the chosen load has no point."""
    sum_of = {"op": "sum", "field": "drawn", "as": "points"}
    transform = [
        {"calculate": f"{drawn} ? 1 : 0", "as": "drawn"},
        {"joinaggregate": [sum_of]},
        {"window": [{"op": "row_number", "as": "place"}]},
        {"filter": "datum.points === 0 && datum.place === 1"},
    ]
    mark = {"type": "text", "align": "left", "fontStyle": "italic", "text": text}
    return {"mark": mark, "transform": transform, "encoding": {"x": {"value": 8}, "y": {"value": 14}}}


def _says(points: list[Point]) -> str:
    """Name the lane that serves most, the one that answers soonest, and the one with the least memory."""
    valid = [point.cell for point in points if state(point.cell) == VALID and point.cell.qps is not None]
    if not valid:
        return "No lane has figures that hold under the highest load."
    most = max(valid, key=lambda cell: cell.qps or 0.0)
    parts = [f"most requests per second: {most.name} ({number(most.qps)})"]
    soon = [(cell.rt_ms.p99, cell.name) for cell in valid if cell.rt_ms.p99 is not None]
    if soon:
        parts.append(f"lowest p99: {min(soon)[1]} ({number(min(soon)[0])} ms)")
    least = [(cell.rss_bytes, cell.name) for cell in valid if cell.rss_bytes is not None]
    if least:
        parts.append(f"least memory: {min(least)[1]} ({mebibytes(min(least)[0])} MiB)")
    told = "; ".join(parts)
    return f"{told[0].upper()}{told[1:]}, under {points[0].load.text}.{_others(points)}"


def _others(points: list[Point]) -> str:
    """Name the lanes that the sentence before is not about: those drawn hollow, and those not drawn."""
    hollow, left = (", ".join(each.cell.name for each in points if state(each.cell) == of) for of in (BOUND, INVALID))
    bound = f" Hollow, since the generator could ask for no more: {hollow}." if hollow else ""
    return bound + (f" Left out, since not valid: {left}." if left else "")
