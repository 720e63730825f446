"""The charts in a real browser: all of them draw, and what a person chooses changes them and stands in the link."""

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from loadtests.report.charts import Chart, charts, script
from loadtests.report.charts.blocks import quantity
from loadtests.report.charts.chart import Rows, spec
from loadtests.report.charts.fitting import LEGEND_PX, PART_PX, fitted
from loadtests.report.charts.page_script import PAGE
from tests.browser.test_ui import CHROMIUM, QUIET, SCREENSHOTS
from tests.loadtests import charted
from tests.loadtests.reports import run

pytestmark = pytest.mark.browser

STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c1e21, #e6e6e3); --paper: light-dark(#fdfdfb, #17191c); }
:root[data-theme=light] { color-scheme: light; } :root[data-theme=dark] { color-scheme: dark; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 sans-serif; }
figure { margin: 2rem 0; }
"""
PAPER = {"light": "rgb(253, 253, 251)", "dark": "rgb(23, 25, 28)"}

Open = Callable[..., Page]


def figure(chart: Chart) -> str:
    plot = f'<div class="plot" role="img" aria-label="{escape(chart.title)}"></div>'
    words = (
        f"<figcaption><h2>{escape(chart.title)}</h2><p>{escape(chart.question)} {escape(chart.says)}</p></figcaption>"
    )
    return f'<figure id="{chart.id}" class="chart" data-chart="{chart.id}">{words}{plot}</figure>'


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Chart]:
    folder = tmp_path_factory.mktemp("runs") / "run"
    whole = charts(run(), charted.measured(folder), folder)
    others = [charted.context(), charted.signals(), charted.writes()]
    return [*whole, *(chart for other in others for chart in charts(run(), other))]


@pytest.fixture(scope="module")
def file(drawn: list[Chart], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with nothing but controls and charts."""
    data = msgspec.json.encode(drawn).decode().replace("<", "\\u003c")
    page = tmp_path_factory.mktemp("page") / "charts.html"
    page.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Charts</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>'
        f'<h1>Charts</h1><div id="controls"></div>{"".join(map(figure, drawn))}<p id="last">Last</p></main>'
        f'<script type="application/json" id="charts">{data}</script><script>{script()}</script></body></html>'
    )
    return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Open]:
    """Opens the page at a width, on a ground, in a state; at the end nothing was complained of and nobody asked."""
    said: list[str] = []
    asked: list[str] = []
    pages: list[Page] = []

    def open_page(width: int = 1280, ground: Any = "light", state: str = "", *, unfolded: bool = False) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=ground)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{file.as_uri()}{state}")
        pages.append(page)
        if unfolded:
            page.get_by_text("What the charts show").click()
        return page

    yield open_page
    for page in pages:
        page.close()
    assert said == []
    assert {url.partition("#")[0] for url in asked if not url.startswith(("data:", "blob:"))} == {file.as_uri()}


def plot(page: Page, chart: str) -> Locator:
    return page.locator(f"#{chart} .plot svg")


def all_drawn(page: Page, ground: str) -> None:
    missing = page.locator(f"figure[data-chart]:not([data-drawn={ground}])")
    expect(missing).to_have_count(0, timeout=30_000)


def pressed(page: Page, there: Locator) -> None:
    """Press what is in sight where it is, and fail where it is not: nothing is scrolled for it."""
    expect(there).to_be_in_viewport()
    box = there.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.parametrize(("width", "ground"), [(390, "dark"), (1280, "light")])
def test_every_chart_draws_within_the_page_and_axe_finds_nothing(
    opened: Open, drawn: list[Chart], width: int, ground: str
) -> None:
    page = opened(width, ground)
    all_drawn(page, ground)
    for chart in drawn:
        assert plot(page, chart.id).locator("path, text").count() > 5, chart.id
        expect(page.locator(f"#{chart.id}").get_by_role("img", name=chart.title, exact=True)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.screenshot(path=SCREENSHOTS / f"charts-{width}-{ground}.png", full_page=True, animations="disabled")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found] == []


def test_a_lane_that_is_not_chosen_leaves_charts_legend_and_enters_the_link(opened: Open) -> None:
    page = opened(unfolded=True)
    expect(plot(page, "hello-served")).to_contain_text("flask-process")
    page.get_by_role("checkbox", name="flask-process").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text("3 of 4 lanes are shown")
    expect(plot(page, "hello-served")).not_to_contain_text("flask-process")
    expect(plot(page, "hello-tradeoff")).not_to_contain_text("flask-process")
    assert page.url.endswith("#lanes=flask-thread,fastapi-coroutine,django-thread")
    page.get_by_role("button", name="Show all lanes").click()
    expect(plot(page, "hello-served")).to_contain_text("flask-process")
    assert page.url.endswith("#")


def test_a_link_restores_lanes_scale_and_load_and_goes_to_its_chart(opened: Open) -> None:
    state = "#lanes=flask-thread,flask-process&scale=log&load.hello-cpu=5+users&chart=hello-cpu"
    page = opened(state=state, unfolded=True)
    expect(page.locator("#controls summary")).to_have_text("What the charts show: 2 of 4 lanes, logarithmic scale")
    expect(page.get_by_role("checkbox", name="flask-thread")).to_be_checked()
    expect(page.get_by_role("checkbox", name="django-thread")).not_to_be_checked()
    expect(page.get_by_label("Scale of figures")).to_have_value("log")
    expect(page.locator("#hello-cpu")).to_be_in_viewport()
    expect(page.locator("#hello-cpu select")).to_have_value("5 users")
    expect(plot(page, "hello-cpu")).not_to_contain_text("django-thread")


def test_an_anchor_keeps_what_was_chosen_also_when_the_page_is_read_again(opened: Open) -> None:
    page = opened(state="#lanes=flask-thread")
    expect(plot(page, "hello-served")).not_to_contain_text("flask-process")
    page.evaluate("location.hash = 'last'")
    page.wait_for_url("**#lanes=flask-thread&at=last")
    page.reload()
    expect(page.locator("#last")).to_be_in_viewport()
    expect(page.locator("#controls summary")).to_contain_text("1 of 4 lanes")
    page.evaluate("location.hash = 'lanes=flask-process&chart=hello-served'")
    expect(page.locator("#hello-served .plot")).to_be_in_viewport()
    expect(plot(page, "hello-served")).to_contain_text("flask-process")
    # Nothing was chosen here, so an anchor stays what it was.
    page.evaluate("location.hash = 'scale=own'")
    expect(page.locator("#controls summary")).to_contain_text("all lanes")
    page.evaluate("location.hash = 'last'")
    page.wait_for_timeout(200)
    assert page.url.endswith("#last")


def test_a_link_to_lanes_of_another_run_shows_all_of_this_one(opened: Open) -> None:
    page = opened(state="#lanes=some-other,one-more")
    expect(plot(page, "hello-served")).to_contain_text("flask-process")
    expect(page.locator("#controls summary")).to_contain_text("all lanes")


def test_a_link_brings_back_lanes_with_any_sign_in_their_names(opened: Open) -> None:
    page, names = opened(), ["a,b", "a%2Cb", "b", "100%"]
    code = (PAGE / "state.js").read_text(encoding="utf-8")
    ask = "state.shown = new Set(shown); keepState(); return readState() && lanes.filter(isShown);"
    given = f"([lanes, shown]) => {{ const charts = [];\n{code}\n{ask} }}"
    for shown in (names[:1], names[1:2], names[1:], [names[0], names[3]]):
        assert page.evaluate(given, [names, shown]) == shown


def test_a_logarithmic_scale_begins_above_nothing_and_a_linear_one_at_it(opened: Open) -> None:
    page = opened(unfolded=True)
    ticks = plot(page, "hello-served").locator("g.role-axis-label text")
    expect(ticks.first).to_have_text("0")
    page.get_by_label("Scale of figures").select_option("log")
    expect(page.get_by_role("status")).to_contain_text("logarithmic")
    expect(ticks.first).not_to_have_text("0")
    assert page.url.endswith("#scale=log")
    page.get_by_label("Scale of figures").select_option("linear")
    expect(ticks.first).to_have_text("0")


def test_on_a_machine_that_is_never_idle_every_chart_is_drawn_all_the_same(browser: Browser, file: Path) -> None:
    page = browser.new_page()
    page.add_init_script("window.requestIdleCallback = (work, wish) => { if (wish?.timeout) setTimeout(work); };")
    page.goto(file.as_uri())
    all_drawn(page, "light")
    page.close()


def test_no_point_is_lost_to_a_logarithm_that_is_not_its_own(opened: Open) -> None:
    page = opened(unfolded=True)
    page.locator("#signals-growth").scroll_into_view_if_needed()
    points = plot(page, "signals-growth").locator("g.mark-symbol.role-mark path")
    expect(points).to_have_count(2)
    plot(page, "signals-growth").evaluate("(svg) => { svg.dataset.before = 'yes'; }")
    page.get_by_label("Scale of figures").select_option("log")
    expect(page.locator("#signals-growth svg:not([data-before])")).to_be_visible()
    # One of them has no receivers, along an axis that stays linear.
    expect(points).to_have_count(2)


def test_the_page_fits_a_chart_into_a_width_just_as_files_are_fitted(opened: Open, drawn: list[Chart]) -> None:
    page = opened()
    rows: Rows = [{"state": "valid", "qps": 0.0, "qps_low": 0.0, "qps_high": 9.0, "p99": 0}, {"qps": 3.0}]
    axes = {"x": quantity("qps", "", "log"), "x2": {"field": "qps_high"}, "y": quantity("p99", "")}
    low = {"x": axes["x"] | {"field": "qps_low"}}
    layers = [{"mark": "point", "encoding": axes}, {"mark": "rule", "encoding": low}]
    nothing = Chart(id="x", title="", question="", says="", group="", spec=spec(rows, {"layer": layers}))
    assert fitted(nothing.spec, 390)["data"]["values"] == [{"state": "valid", "p99": 0}, {"qps": 3.0}]
    code = (PAGE / "fit.js").read_text(encoding="utf-8")
    around = "const state = {scale: 'own', loads: {}}, EXCHANGE = {}, isShown = () => true;"
    around += f"const PART_PX = {PART_PX}, LEGEND_PX = {LEGEND_PX};"
    for chart in [*drawn, nothing]:
        for width in (390, 700, 1280):
            given = [{"id": chart.id, "spec": chart.spec}, width]
            there = page.evaluate(
                f"([chart, width]) => {{ {around}\n{code}\nreturn adapted(chart, width, 'light'); }}", given
            )
            assert there == json.loads(json.dumps(fitted(chart.spec, width))), (chart.id, width)


def test_another_load_can_be_chosen_below_a_chart(opened: Open) -> None:
    page = opened()
    figures = plot(page, "hello-served")
    expect(figures).to_contain_text("500")
    page.locator("#hello-served select").select_option("10 users")
    expect(figures).to_contain_text("250")
    assert page.url.endswith("#load.hello-served=10+users")
    page.get_by_text("What the charts show").click()
    page.get_by_role("checkbox", name="django-thread").uncheck()
    expect(figures).not_to_contain_text("django-thread")
    expect(page.locator("#hello-served select")).to_have_value("10 users")


def test_a_charts_own_link_and_that_of_the_view_lead_to_what_is_in_sight(opened: Open) -> None:
    page = opened(390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copied = "navigator.clipboard.readText()"
    all_drawn(page, "light")
    page.get_by_role("button", name="Copy link to hello: CPU time per request").click()
    expect(page.get_by_role("status")).to_contain_text("copied")
    assert page.evaluate(copied) == page.url
    assert page.url.endswith("#chart=hello-cpu")
    # What is chosen is chosen where it shows: the controls stay in sight.
    page.locator("#context-leaks .plot").evaluate("(plot) => plot.scrollIntoView({block: 'center'})")
    pressed(page, page.get_by_text("What the charts show"))
    pressed(page, page.get_by_role("checkbox", name="django-thread"))
    expect(page.locator("#controls summary")).to_contain_text("3 of 4 lanes")
    expect(page.locator("#context-leaks .plot")).to_be_in_viewport()
    pressed(page, page.get_by_role("button", name="Copy link to this view"))
    expect(page.get_by_role("status")).to_contain_text("copied")
    assert page.evaluate(copied) == page.url
    assert page.url.endswith("#lanes=flask-thread,flask-process,fastapi-coroutine&chart=context-leaks")


def test_a_chart_can_be_saved_as_a_picture(opened: Open, tmp_path: Path) -> None:
    page = opened()
    for kind, begin in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=f"Download hello: CPU time per request as {kind}").press("Enter")
        target = tmp_path / saved.value.suggested_filename
        saved.value.save_as(target)
        assert target.name == f"hello-cpu.{kind.lower()}"
        assert target.read_bytes().startswith(begin)


def test_the_charts_follow_the_page_from_light_to_dark(opened: Open) -> None:
    page = opened()
    expect(plot(page, "hello-served")).to_have_css("background-color", PAPER["light"])
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    all_drawn(page, "dark")
    expect(plot(page, "hello-served")).to_have_css("background-color", PAPER["dark"])


def test_a_page_that_is_printed_has_every_chart_within_its_width_and_no_controls(opened: Open) -> None:
    page = opened(ground="dark")
    all_drawn(page, "dark")
    page.set_viewport_size({"width": 700, "height": 900})
    page.emulate_media(media="print")
    wide = "[...document.querySelectorAll('.plot')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert page.evaluate(wide) == 0
    expect(page.locator("#controls")).to_be_hidden()
    expect(page.locator(".chart-tools").first).to_be_hidden()
    expect(plot(page, "hello-served")).to_have_css("filter", re.compile("invert"))
    expect(plot(page, "hello-served")).to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_a_point_tells_its_figure_with_its_interval(opened: Open) -> None:
    page = opened()
    plot(page, "hello-served").locator("g.mark-symbol.role-mark path").first.hover()
    hint = page.locator("#vg-tooltip-element")
    expect(hint).to_be_visible()
    expect(hint).to_contain_text(re.compile(r"requests/s\s*[\d,.]+ \[[\d,.]+, [\d,.]+\]"))
    expect(hint).to_contain_text("valid")


def test_a_hint_has_a_dash_for_what_is_not_known_and_never_a_word_of_the_machine(opened: Open) -> None:
    page = opened()
    all_drawn(page, "light")
    hint = page.locator("#vg-tooltip-element")
    for chart, mark in (("hello-served", "symbol"), ("hello-memory", "rect"), ("like-lost", "rect")):
        plot(page, chart).locator(f"g.mark-{mark}.role-mark path").first.hover()
        expect(hint).to_contain_text("flask")
        expect(hint).not_to_contain_text("undefined")
        expect(hint).not_to_contain_text("why")
    plot(page, "hello-memory").locator("g.mark-rect.role-mark path").first.hover()
    expect(hint).to_contain_text(re.compile(r"shared counted once \(MiB\)\s*–"))
