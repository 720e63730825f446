"""What charts are made with: specifications that compile, colours that can be seen, files, and the page's script."""

import dataclasses
import re
from pathlib import Path

import pytest
import vl_convert

from loadtests.report.charts import Chart, charts, write
from loadtests.report.charts.chart import VERSION
from loadtests.report.charts.fitting import fitted
from loadtests.report.charts.looks import DARK, LIGHT, SCHEMES, of_lanes, shape
from loadtests.report.charts.page_script import library, script
from loadtests.report.charts.recolouring import recoloured
from loadtests.servers import LANES as ALL_LANES
from loadtests.servers.lanes import Lane
from loadtests.servers.own import read
from loadtests.servers.stacks import ROOT
from tests.loadtests import charted
from tests.loadtests.reports import run


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chart]:
    folder = tmp_path_factory.mktemp("runs") / "run"
    return {chart.id: chart for chart in charts(run(), charted.measured(folder), folder)}


def every(drawn: dict[str, Chart]) -> list[Chart]:
    others = [charted.context(), charted.signals(), charted.writes()]
    return [*drawn.values(), *(chart for other in others for chart in charts(run(), other))]


def test_every_specification_compiles_without_a_warning(
    drawn: dict[str, Chart], capfd: pytest.CaptureFixture[str]
) -> None:
    for chart in every(drawn):
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


def test_lanes_of_ones_own_are_told_apart_from_those_of_their_framework_and_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    guide = (ROOT / "docs/guides/adding-a-lane.md").read_text()
    (tmp_path / "lanes.toml").write_text(guide.partition("```toml\n")[2].partition("```")[0])
    (own,) = read(tmp_path / "lanes.toml")
    for lane in (own, *_more(own)):
        monkeypatch.setitem(ALL_LANES, lane.name, lane)
    lanes = list(ALL_LANES)
    look = of_lanes(lanes)
    pairs = list(zip(look["color"]["scale"]["range"], look["shape"]["scale"]["range"], strict=True))
    assert {pair: pairs.count(pair) for pair in pairs} == dict.fromkeys(pairs, 1)
    assert shape("fastapi-coroutine") != shape(own.name)
    points = {"data": {"values": [{"lane": lane} for lane in lanes]}, "mark": "point", "encoding": look}
    drawn = vl_convert.vegalite_to_svg(points, vl_version=VERSION, show_warnings=True)
    assert "WARN" not in capfd.readouterr().err
    assert not re.search("NaN|undefined", drawn)


def _more(own: Lane) -> list[Lane]:
    """Two lanes beside each of FastAPI's first of a model, and three each of a model and of frameworks unknown here."""
    models = ("process", "thread", "greenlet")
    others = [dataclasses.replace(own, name=f"more-{model}-{at}", model=model) for model in models for at in (1, 2)]
    fibres = [dataclasses.replace(own, name=f"fibre-{at}", model=f"fibre {at}") for at in (1, 2, 3)]
    strange = [dataclasses.replace(own, name=f"strange-{at}", app=f"strange {at}") for at in (1, 2, 3)]
    return [dataclasses.replace(own, name="fastapi-third"), *others, *fibres, *strange]


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
