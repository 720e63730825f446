"""What charts draw and say: nothing as valid that is not, and of each picture which load it is of."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
import vl_convert

from loadtests.measurement.result import Summary
from loadtests.report.charts import Chart, charts
from loadtests.report.charts.chart import VERSION
from loadtests.report.charts.figures import BOUND as LOWER_BOUND
from loadtests.report.charts.figures import INVALID, VALID
from tests.loadtests import charted
from tests.loadtests.charted import BOUND, SICK, SLOW, SOUND, rows
from tests.loadtests.reports import run

MIB = 2**20


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return charted.measured(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def drawn(summary: Summary) -> dict[str, Chart]:
    return {chart.id: chart for chart in charts(run(), summary)}


def test_what_is_not_valid_has_its_state_and_its_reason_in_every_chart_of_figures(drawn: dict[str, Chart]) -> None:
    states = {SOUND: VALID, SLOW: VALID, BOUND: LOWER_BOUND, SICK: INVALID}
    for kind in ("tradeoff", "served", "cpu", "memory", "qps-users", "p99-users"):
        for row in rows(drawn[f"hello-{kind}"]):
            assert row["state"] == states[row["name"]]
            assert ("why" in row) == (row["state"] != VALID)


def test_points_and_lines_are_drawn_of_what_holds_alone(drawn: dict[str, Chart]) -> None:
    for kind in ("served", "qps-users"):
        svg = _svg(drawn[f"hello-{kind}"], only=SICK)
        assert _filled(svg) == 0, kind
        assert "✕" in svg, kind
        bound = _svg(drawn[f"hello-{kind}"], only=BOUND)
        assert _filled(bound) == 0, kind
        assert _hollow(bound) > 0, kind
        assert _filled(_svg(drawn[f"hello-{kind}"], only=SOUND)) > 0, kind


def _svg(chart: Chart, *, only: str) -> str:
    own = [row for row in rows(chart) if row["name"] == only]
    return vl_convert.vegalite_to_svg(chart.spec | {"data": {"values": own}}, vl_version=VERSION)


def _points(svg: str) -> list[ET.Element]:
    """Return the points of a picture, those of its legend left out."""
    groups = [group for group in ET.fromstring(svg).iter() if "mark-symbol role-mark" in group.get("class", "")]  # noqa: S314 - our own
    return [path for group in groups for path in group if path.tag.endswith("path")]


def _filled(svg: str) -> int:
    return sum(path.get("fill", "").startswith("#") for path in _points(svg))


def _hollow(svg: str) -> int:
    return sum(not path.get("fill", "").startswith("#") and "#" in path.get("stroke", "") for path in _points(svg))


def test_a_line_ends_where_the_next_load_has_no_figure_that_holds(drawn: dict[str, Chart]) -> None:
    for kind in ("qps-users", "p99-users", "ceilings"):
        chart = drawn[f"hello-{kind}"]
        own = [row for row in rows(chart) if row["name"] == SOUND and row.get("what") in {None, "measured"}]
        one = chart.spec | {"data": {"values": own}}
        assert any("L" in path for path in _lines(one)), kind
        holed = [row | ({"state": INVALID} if row["at"] == charted.USERS[1] else {}) for row in own]
        assert not any("L" in path for path in _lines(one | {"data": {"values": holed}})), kind


def _lines(spec: dict[str, Any]) -> list[str]:
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VERSION)
    groups = [group for group in ET.fromstring(svg).iter() if "mark-line role-mark" in group.get("class", "")]  # noqa: S314 - our own
    return [path.get("d", "") for group in groups for path in group if path.tag.endswith("path")]


def test_the_cpu_time_of_a_cell_that_is_not_valid_stands_crossed_as_in_the_tables(drawn: dict[str, Chart]) -> None:
    svg = _svg(drawn["hello-cpu"], only=SICK)
    figure = next(row["cpu_us"] for row in rows(drawn["hello-cpu"])[::-1] if row["name"] == SICK)
    assert f">{figure:,.0f}</text>" in svg
    assert ">✕</text>" in svg
    assert "not valid" not in svg
    assert _filled(svg) == 0


def test_a_valid_cell_without_a_figure_is_not_called_invalid(drawn: dict[str, Chart]) -> None:
    for kind, field in (("cpu", "cpu_us"), ("served", "qps")):
        chart = drawn[f"hello-{kind}"]
        bare = {key: value for key, value in rows(chart)[-1].items() if field not in key}
        for state, said in ((VALID, 0), (INVALID, 1)):
            spec = chart.spec | {"data": {"values": [bare | {"state": state}]}}
            assert vl_convert.vegalite_to_svg(spec, vl_version=VERSION).count("not valid") == said, (kind, state)


def test_a_figure_stands_beyond_its_interval_and_its_ceiling(drawn: dict[str, Chart]) -> None:
    alone = [row for row in rows(drawn["hello-served"]) if row["name"] == SOUND and row["load"] == "20 users"]
    ends = [
        _place_of_figure(drawn["hello-served"], [alone[0] | {"qps": 1_000.0, "qps_high": 1_010.0, "ceiling": ceiling}])
        for ceiling in (1_000.0, 1_020.0)
    ]
    # The axis is the same, and so is the interval: only the second ceiling lies beyond it.
    assert ends[0] < ends[1]


def _place_of_figure(chart: Chart, own: list[dict[str, Any]]) -> float:
    svg = vl_convert.vegalite_to_svg(chart.spec | {"data": {"values": own}}, vl_version=VERSION)
    found = re.search(r"translate\(([\d.]+),[^>]*>1,000</text>", svg[svg.index("mark-text role-mark") :])
    assert found is not None
    return float(found[1])


def test_memory_is_told_of_every_bar_that_is_drawn(summary: Summary) -> None:
    cells = [msgspec.structs.replace(cell, rss_bytes=(10 if cell.name == SICK else 1) * MIB) for cell in summary.cells]
    found = {chart.id: chart for chart in charts(run(), msgspec.structs.replace(summary, cells=cells))}
    assert found["hello-memory"].says == f"From 1 MiB ({SOUND}) to 10 MiB ({SICK}) under 20 users."


def test_a_chart_with_a_choice_of_loads_says_which_one_it_speaks_of(drawn: dict[str, Chart]) -> None:
    assert ", under 20 users. Hollow, since" in drawn["hello-tradeoff"].says
    (lost,) = (chart for chart in charts(run(), charted.writes()) if chart.id == "like-lost")
    assert lost.says.endswith("Under 32 users.")


def test_a_picture_without_a_point_under_the_chosen_load_says_so(drawn: dict[str, Chart]) -> None:
    chart = drawn["hello-tradeoff"]
    assert "under this load" not in vl_convert.vegalite_to_svg(chart.spec, vl_version=VERSION)
    waits = [
        {key: value for key, value in row.items() if key != "p99" or row["load"] != "20 users"} for row in rows(chart)
    ]
    svg = vl_convert.vegalite_to_svg(chart.spec | {"data": {"values": waits}}, vl_version=VERSION)
    assert svg.count("no p99 that holds under this load") == 1
    assert "no memory" not in svg


def test_what_a_chart_says_names_no_figure_of_a_cell_that_does_not_hold(drawn: dict[str, Chart]) -> None:
    for kind in ("served", "cpu", "tradeoff"):
        says = drawn[f"hello-{kind}"].says
        told, _, left_out = says.rpartition("valid: " if kind == "tradeoff" else "holds: ")
        assert SICK in left_out
        assert SICK not in told
