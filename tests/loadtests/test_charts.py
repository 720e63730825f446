"""What charts show is what summary.json says: every figure read back, and nothing drawn as valid that is not."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
import vl_convert

from loadtests.measurement.result import Cell, Detail, Summary
from loadtests.report.charts import Chart, charts, write
from loadtests.report.charts.chart import VERSION
from loadtests.report.charts.figures import BOUND as LOWER_BOUND
from loadtests.report.charts.figures import INVALID, VALID, half_width
from loadtests.report.charts.fitting import fitted
from loadtests.report.charts.looks import DARK, LIGHT, SCHEMES, of_lanes
from loadtests.report.charts.page_script import library, script
from loadtests.report.charts.recolouring import recoloured
from loadtests.report.html import page
from loadtests.servers import LANES as ALL_LANES
from tests.loadtests import charted
from tests.loadtests.charted import BOUND, SICK, SLOW, SOUND, figures_of
from tests.loadtests.reports import run

MIB = 2**20
# What a field of a row must be, by the cell and what stands behind it.
FIGURES: dict[str, Callable[[Cell, Detail], float | None]] = {
    "qps": lambda cell, _: cell.qps,
    "p99": lambda cell, _: cell.rt_ms.p99,
    "cpu_us": lambda cell, _: cell.cpu_us_per_request,
    "mib": lambda cell, _: None if cell.rss_bytes is None else cell.rss_bytes / MIB,
    "pss": lambda _, detail: None if detail.pss_bytes is None else detail.pss_bytes / MIB,
    "threads": lambda cell, _: cell.threads,
    "ceiling": lambda _, detail: detail.ceilings[0].qps,
    "at": lambda cell, _: cell.users,
}
ROUNDS_OF = {"qps": "qps_per_round", "p99": "p99_ms_per_round", "cpu_us": "cpu_us_per_round"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "run"


@pytest.fixture(scope="module")
def summary(folder: Path) -> Summary:
    return charted.measured(folder)


@pytest.fixture(scope="module")
def drawn(summary: Summary, folder: Path) -> dict[str, Chart]:
    return {chart.id: chart for chart in charts(run(), summary, folder)}


def rows(chart: Chart) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chart.spec["data"]["values"]
    return found


def test_a_run_has_each_chart_that_it_has_figures_for(drawn: dict[str, Chart]) -> None:
    of_work = ("tradeoff", "served", "cpu", "memory", "histogram", "percentiles")
    curves = ("hello-qps-users", "hello-p99-users", "hello-ceilings")
    expected = {*(f"{work}-{kind}" for work in ("hello", "articles") for kind in of_work), *curves}
    assert set(drawn) == expected | {"articles-connections", "run-timeline"}
    assert {chart.group for chart in drawn.values()} == {"hello", "articles", ""}


def test_without_the_folder_there_is_what_the_summary_alone_shows(summary: Summary) -> None:
    found = {chart.id for chart in charts(run(), summary)}
    assert "hello-served" in found
    assert not {"hello-histogram", "hello-percentiles", "articles-connections", "run-timeline"} & found


def test_an_empty_run_has_no_chart(tmp_path: Path) -> None:
    assert charts(run(), charted.nothing(), tmp_path) == []


def differing(chart: Chart, summary: Summary) -> list[str]:
    """Return the figures of a chart that are not those of the summary."""
    known = figures_of(summary)
    found = []
    for row in rows(chart):
        if "load" not in row or row.get("what") == "predicted":
            continue
        cell, detail = known[chart.group, row["load"], row["name"]]
        wrong = [field for field in FIGURES if field in row and row[field] != FIGURES[field](cell, detail)]
        for field, rounds in ROUNDS_OF.items():
            half = half_width(getattr(detail, rounds))
            if f"{field}_high" in row and (half is None or row[f"{field}_high"] != row[field] + half):
                wrong.append(f"{field}_high")
        found += [f"{row['name']} {row['load']}: {field}" for field in wrong]
    return found


@pytest.mark.parametrize(
    "kind",
    ["tradeoff", "served", "cpu", "memory", "qps-users", "p99-users"],
)
def test_every_figure_of_a_chart_is_the_summarys(drawn: dict[str, Chart], summary: Summary, kind: str) -> None:
    chart = drawn[f"hello-{kind}"]
    assert {(row["load"], row["name"]) for row in rows(chart)} == {
        (f"{users} users", lane) for users in charted.USERS for lane in charted.LANES
    }
    assert sum(field in row for row in rows(chart) for field in FIGURES) >= len(rows(chart))
    assert differing(chart, summary) == []


def test_a_figure_that_was_changed_is_noticed(drawn: dict[str, Chart], summary: Summary) -> None:
    spec = json.loads(json.dumps(drawn["hello-served"].spec))
    spec["data"]["values"][0]["qps"] *= 1.01
    changed = Chart(id="x", title="", question="", says="", group="hello", spec=spec)
    assert differing(changed, summary) == [
        f"{SOUND} 5 users: qps",
        f"{SOUND} 5 users: qps_high",
    ]


def test_the_percentile_curve_meets_the_summary_at_the_median_and_at_p99(
    drawn: dict[str, Chart], summary: Summary
) -> None:
    known = figures_of(summary)
    curves = rows(drawn["hello-percentiles"])
    assert len(curves) == len(charted.USERS) * 3
    for curve in curves:
        told = dict(zip(curve["at"], curve["ms"], strict=True))
        times = known["hello", curve["load"], curve["name"]][0].rt_ms
        assert (told[2], told[100]) == (times.p50, times.p99)


def test_the_shares_of_a_histogram_are_all_of_its_requests(drawn: dict[str, Chart]) -> None:
    for cell in rows(drawn["hello-histogram"]):
        assert math.isclose(sum(cell["share"]), 1, abs_tol=1e-3)
        # The answers of the slow lane took 40 to 40.6 ms; a bin is an eighth wide.
        if cell["name"] == SLOW:
            assert all(36 < from_ms < 41 for from_ms in cell["from_ms"])


def test_each_slice_stands_in_the_time_line_with_what_became_of_it(drawn: dict[str, Chart]) -> None:
    found = rows(drawn["run-timeline"])
    assert len(found) == 4 * 4 * charted.ROUNDS
    assert [row["state"] for row in found].count("measured again") == 1
    assert {row["taken"] for row in found} == {0.01 * number for number in range(1, charted.ROUNDS + 1)}
    assert "1 measured again" in drawn["run-timeline"].says


def test_no_place_of_a_page_with_charts_and_slices_exists_twice(summary: Summary, folder: Path) -> None:
    text = page(run(), summary, folder)
    places = re.findall(r'\bid="([^"]+)"', text)
    assert [each for each in set(places) if places.count(each) > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(places)
    slices = text[text.index('<h2 id="timeline">') :]
    assert 'data-chart="run-timeline"' in slices[: slices.index("</section>")]


def test_connections_are_those_of_the_slices(drawn: dict[str, Chart]) -> None:
    found = rows(drawn["articles-connections"])
    assert {(row["name"], row["round"], row["connections"]) for row in found} == {
        (lane, number, number) for lane in charted.LANES for number in range(1, charted.ROUNDS + 1)
    }


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
    assert ", under 20 users. Left out" in drawn["hello-tradeoff"].says
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


def test_an_open_load_is_drawn_against_its_arrivals() -> None:
    found = {chart.id: chart for chart in charts(run(), charted.arriving())}
    assert "hello-qps-users" not in found
    chart = found["hello-qps-arrivals"]
    assert [(row["at"], row["qps"]) for row in rows(chart)] == [(100, 100), (300, 300), (900, 900)]
    assert "arrivals per second" in json.dumps(chart.spec)


def test_leaks_show_what_leaked_and_of_none_the_most_there_may_be() -> None:
    (chart,) = (chart for chart in charts(run(), charted.context()) if chart.id == "context-leaks")
    leaking, clean, silent = rows(chart)
    assert leaking["per_million"] == 400_000
    assert leaking["low"] < 400_000 < leaking["high"]
    assert clean["per_million"] == 0
    assert clean["label"] == "< 3,000"
    assert "per_million" not in silent
    assert "global in fastapi-coroutine" in chart.says


def test_a_receivers_cost_is_what_the_experiment_says() -> None:
    (chart,) = (chart for chart in charts(run(), charted.signals()) if chart.id == "signals-cost")
    (row,) = rows(chart)
    assert math.isclose(row["us"], 2.0)
    assert row["us_low"] < 2.0 < row["us_high"]


def test_writes_are_split_into_those_that_stand_and_those_that_are_lost() -> None:
    (chart,) = (chart for chart in charts(run(), charted.writes()) if chart.id == "like-lost")
    found = {(row["name"], row["part"]): row["per_s"] for row in rows(chart)}
    assert found == {
        ("flask-thread lock=pessimistic", "stand"): 100.0,
        ("flask-thread lock=none", "stand"): 75.0,
        ("flask-thread lock=none", "are lost"): 25.0,
    }
    assert "25% by flask-thread lock=none" in chart.says


def every(folder: Path, summary: Summary) -> list[Chart]:
    others = [charted.context(), charted.signals(), charted.writes()]
    return [*charts(run(), summary, folder), *(chart for other in others for chart in charts(run(), other))]


def test_every_specification_compiles_without_a_warning(
    summary: Summary, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for chart in every(folder, summary):
        for width_px in (390, 1280):
            vl_convert.vegalite_to_vega(fitted(chart.spec, width_px), vl_version=VERSION, show_warnings=True)
            assert "WARN" not in capfd.readouterr().err, chart.id


def test_a_warning_would_be_seen(drawn: dict[str, Chart], capfd: pytest.CaptureFixture[str]) -> None:
    wrong = drawn["hello-cpu"].spec | {"autosize": "fit", "width": {"step": 3}}
    vl_convert.vegalite_to_vega(wrong, vl_version=VERSION, show_warnings=True)
    assert "WARN" in capfd.readouterr().err


def test_charts_are_written_as_files_in_the_colours_of_the_ground(drawn: dict[str, Chart], tmp_path: Path) -> None:
    one = [drawn["hello-served"]]
    (light,) = write(one, tmp_path / "light")
    (dark,) = write(one, tmp_path / "dark", "svg", DARK)
    (png,) = write(one, tmp_path, "png")
    assert light.name == "hello-served.svg"
    assert LIGHT.marks[0] in light.read_text()
    assert LIGHT.marks[0] not in dark.read_text()
    assert DARK.marks[0] in dark.read_text()
    assert png.read_bytes().startswith(b"\x89PNG")


def test_another_ground_changes_colours_and_no_figure(drawn: dict[str, Chart]) -> None:
    for chart in drawn.values():
        assert recoloured(chart.spec, DARK)["data"] == chart.spec["data"]


@pytest.mark.parametrize("name", SCHEMES)
def test_marks_stand_out_from_their_ground_three_to_one_and_words_more(name: str) -> None:
    scheme = SCHEMES[name]
    assert all(_contrast(colour, scheme.paper) >= 3 for colour in scheme.marks)
    assert all(_contrast(colour, scheme.paper) >= 4.5 for colour in (scheme.ink, scheme.soft))


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def test_no_two_lanes_have_both_colour_and_shape_in_common() -> None:
    look = of_lanes(list(ALL_LANES))
    pairs = list(zip(look["color"]["scale"]["range"], look["shape"]["scale"]["range"], strict=True))
    assert len(set(pairs)) == len(ALL_LANES)


def test_the_library_is_made_once_and_kept_where_that_is_possible(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[str] = []

    def bundle(snippet: str, vl_version: str) -> str:
        made.append(vl_version)
        return snippet

    monkeypatch.setattr(vl_convert, "javascript_bundle", bundle)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = [library.__wrapped__() for _ in range(2)]
    assert (len(set(kept)), made) == (1, [VERSION])
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert library.__wrapped__() == kept[0]
    assert len(made) == 2


def test_the_script_cannot_end_its_element_and_names_no_address_to_load() -> None:
    text = script()
    assert "</script" not in text
    assert "import(" not in text.rpartition("const STYLE")[2]
    assert len(text) < 2_000_000
