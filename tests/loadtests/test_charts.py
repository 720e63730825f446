"""What charts show is what summary.json says: every figure read back."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from loadtests.measurement.result import Cell, Detail, Summary
from loadtests.measurement.store import Store
from loadtests.report.charts import Chart, charts
from loadtests.report.charts.figures import half_width
from loadtests.report.html import page
from tests.loadtests import charted, duets
from tests.loadtests.charted import SLOW, SOUND, figures_of, rows
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


@pytest.mark.parametrize(
    ("b", "variants"),
    [("flask-thread (again)", ["as it is", "(again)"]), ("flask-thread redirect=/a/b", ["as it is", "redirect=/a/b"])],
)
def test_a_duet_has_the_distributions_of_both_sides(tmp_path: Path, b: str, variants: list[str]) -> None:
    found = duets.concluded(charted.SOUND, b)
    with Store.new(tmp_path / "run") as store:
        store.histograms(found.histograms)
    drawn = {chart.id: chart for chart in charts(run(), found.summary, tmp_path / "run")}
    for kind in ("histogram", "percentiles"):
        own = rows(drawn[f"hello-{kind}"])
        assert [(row["name"], row["variant"]) for row in own] == [*zip((charted.SOUND, b), variants, strict=True)]
    assert drawn["hello-percentiles"].spec["spec"]["layer"][0]["encoding"]["color"]["scale"]["domain"] == variants


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


def test_a_p99_without_its_slow_rounds_has_no_interval(summary: Summary, folder: Path) -> None:
    known = next(each for each in summary.details if each.scenario == "hello")
    gap = msgspec.structs.replace(known, p99_ms_per_round=[None, *known.p99_ms_per_round[1:]])
    found = msgspec.structs.replace(summary, details=[gap if each is known else each for each in summary.details])
    (chart,) = [each for each in charts(run(), found, folder) if each.id == "hello-p99-users"]
    told = {row["name"]: row for row in rows(chart) if row["at"] == known.users}
    bare = [name for name, row in told.items() if "p99_low" not in row]
    assert bare == [known.name]
    assert told[known.name]["p99_told"].endswith("[no interval]")


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
    assert {row["name"]: row["state"] for row in found} == {
        SOUND: "valid", SLOW: "valid", charted.BOUND: "limited by the generator", charted.SICK: "not valid",
    }  # fmt: skip
    assert {row["name"] for row in found if "why" in row} == {charted.BOUND, charted.SICK}


def test_the_trade_off_names_what_it_draws_hollow_and_what_it_leaves_out(drawn: dict[str, Chart]) -> None:
    says = drawn["hello-tradeoff"].says
    assert f"Hollow, since the generator could ask for no more: {charted.BOUND}. Left out, since" in says
    assert says.endswith(f"Left out, since not valid: {charted.SICK}.")


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
