"""The report in a real browser: read on a phone and a wide screen, in both schemes, by keyboard, on paper, offline."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page, expect, sync_playwright

from loadtests.reader.apps import APPS
from loadtests.report.html import page as report
from tests.browser.sight import faults
from tests.browser.test_ui import CHROMIUM, QUIET, SCREENSHOTS
from tests.loadtests.charted import SICK, SOUND, measured
from tests.loadtests.reports import run
from tests.loadtests.test_report_difference import compared

pytestmark = pytest.mark.browser

# An A4 page across, without its margins.
PAPER_PX = 1032
# Below this there is no room for columns of code.
NARROW_PX = 820
Open = Callable[..., Page]
TO_CODE = "a[href='#code-hello-flask-sync']"
FOCUSABLE = "a[href], button, summary, input, select, [tabindex='0']"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with charts, a time line, a sweep, invalid cells and one that the generator limits."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    folder = tmp_path_factory.mktemp("report") / "run"
    found = measured(folder)
    (folder / "flames").mkdir()
    (folder / "flames" / "a b#1.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    about = msgspec.structs.replace(run(), flames={f"articles-10-{SOUND}": "flames/a b#1.svg"})
    made = folder / "report.html"
    made.write_text(report(about, found, folder), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Open]:
    """Opens the report, or another page; at the end nothing was complained of, and nothing but them was asked for."""
    said: list[str] = []
    asked: list[str] = []
    pages: list[Page] = []
    wanted: set[str] = set()

    def open_page(width: int = 1280, ground: Any = "light", at: str = "", of: Path = file, **context: Any) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=ground, **context)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{of.as_uri()}{at}")
        wanted.add(of.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert said == []
    assert {url.partition("#")[0] for url in asked if not url.startswith(("data:", "blob:"))} == wanted


def all_drawn(page: Page) -> None:
    expect(page.locator("figure[data-chart]:not([data-drawn])")).to_have_count(0, timeout=30_000)


@pytest.mark.parametrize(("width", "ground"), [(390, "dark"), (1280, "light"), (1920, "dark")])
def test_the_report_can_be_read_at_every_width_in_both_schemes(opened: Open, width: int, ground: str) -> None:
    page = opened(width, ground)
    all_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.screenshot(path=SCREENSHOTS / f"report-{width}-{ground}.png", full_page=True, animations="disabled")
    # What is in a picture is looked at by the charts' own tests.
    page.add_style_tag(content=".plot { display: none !important }")
    assert faults(page, "main", scrolls=True) == []


def test_the_time_line_of_the_linehas_the_whole_row(opened: Open) -> None:
    page = opened(1280)
    all_drawn(page)
    line = page.locator("#run-timeline")
    widths = line.evaluate("(figure) => [figure.offsetWidth, figure.parentElement.clientWidth]")
    assert widths[0] == widths[1]


@pytest.mark.parametrize(("width", "ground"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing_also_in_what_is_folded(opened: Open, width: int, ground: str) -> None:
    page = opened(width, ground)
    all_drawn(page)
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]][:4]) for each in found] == []


def test_one_click_on_a_figure_leads_to_the_code_that_was_measured(opened: Open) -> None:
    page = opened()
    handler = page.locator("#code-hello-flask-sync")
    expect(handler).not_to_be_visible()
    page.locator(f"table.overview {TO_CODE}").first.click()
    expect(handler).to_be_in_viewport()
    expect(handler).to_contain_text("def hello(")


@pytest.mark.parametrize(("width", "ground"), [(390, "light"), (1280, "dark"), (1920, "light")])
def test_the_apps_lines_stand_beside_each_other_and_the_apps_below_each_other_where_it_is_narrow(
    opened: Open, width: int, ground: str
) -> None:
    page = opened(width, ground, "#code-hello-django-async")
    page.locator("#code-hello details").evaluate("(box) => { box.open = true; }")
    lines = [page.locator(f"#code-hello-{app}-async code", has_text="def hello_async(") for app in APPS]
    tops = [round((line.bounding_box() or {"y": -1.0})["y"]) for line in lines]
    assert len({*tops}) == (3 if width < NARROW_PX else 1)
    assert tops == sorted(tops)
    page.locator("#code-hello").screenshot(path=SCREENSHOTS / f"report-code-{width}-{ground}.png")
    assert faults(page, "#code-hello") == []


FOLLOW = """async () => {
  const shown = [];
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  for (const to of new Set([...document.querySelectorAll("main a[href^='#']")].map((each) => each.hash))) {
    location.hash = to;
    await drawn();
    const place = document.getElementById(to.slice(1)), box = place?.getBoundingClientRect();
    shown.push([to, Boolean(place?.checkVisibility()) && box.top < innerHeight && box.bottom > 0]);
  }
  return shown;
}"""


def test_every_link_within_the_page_leads_to_its_place_folded_or_not(opened: Open) -> None:
    page = opened()
    all_drawn(page)
    followed = page.evaluate(FOLLOW)
    assert len(followed) > 20
    assert [to for to, there in followed if not there] == []


def test_a_link_to_a_view_shows_the_same_lanes_again(opened: Open) -> None:
    page = opened()
    lane = page.get_by_role("checkbox", name=SICK, include_hidden=True)
    lane.evaluate(
        "(box) => { for (let at = box; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true }"
    )
    lane.uncheck()
    view = page.evaluate("location.hash")
    assert SICK not in view
    assert SOUND in view
    again = opened(at=view)
    expect(again.get_by_role("checkbox", name=SICK, include_hidden=True)).not_to_be_checked()
    expect(again.get_by_role("checkbox", name=SOUND, include_hidden=True)).to_be_checked()


def test_a_flame_graph_lies_where_its_link_leads(opened: Open) -> None:
    link = opened().get_by_role("link", name="flame graph (in the run's folder)")
    expect(link).to_have_count(1)
    address = urlsplit(link.evaluate("(each) => each.href"))
    assert (address.scheme, address.fragment) == ("file", "")
    assert Path(unquote(address.path)).read_text().startswith("<svg")


def test_the_reason_and_the_remedy_stand_beside_a_cell_that_is_not_valid(opened: Open) -> None:
    page = opened()
    beside = page.locator("#work-articles").locator("..").locator("tr.why")
    expect(beside.filter(has_text=f"{SICK} is not valid: Little's law is off")).to_contain_text("What to do:")


def test_the_colours_are_chosen_by_a_button_and_kept(opened: Open) -> None:
    page = opened(ground="light")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark
    page.get_by_role("button", name="System").click()
    assert page.evaluate(background) == light


def test_the_first_key_skips_to_the_report_and_tab_reaches_everything_in_turn(opened: Open) -> None:
    page = opened()
    all_drawn(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the report")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    visible = f'[...document.querySelectorAll("main :is({FOCUSABLE})")].filter((each) => each.checkVisibility())'
    count = page.evaluate(f"{visible}.length")
    page.evaluate("window.reached = new Set()")
    page.evaluate("document.addEventListener('focusin', ({ target }) => window.reached.add(target))")
    # The browser itself stops at some boxes that can be scrolled.
    for _ in range(count + 40):
        page.keyboard.press("Tab")
    assert count > 50
    assert (
        page.evaluate(
            f"{visible}.filter((each) => !window.reached.has(each)).map((each) => each.outerHTML.slice(0, 200))"
        )
        == []
    )


def test_on_paper_all_but_code_and_verdicts_is_unfolded_and_nothing_is_cut(opened: Open) -> None:
    page = opened(PAPER_PX)
    all_drawn(page)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    folded = page.locator("details:not([open])")
    kept = "details:is([id^='code-'], [id^='code-'] details, :has(.verdicts):not(:has(details)))"
    assert folded.count() == page.locator(kept).count() > 0
    expect(page.locator("#code-hello-flask-sync")).not_to_be_visible()
    page.locator("#code-hello").evaluate("(box) => { box.open = true; }")
    expect(page.locator("#code-hello-flask-sync")).to_be_visible()
    wide = "[...document.querySelectorAll('main table, main pre, main svg')]"
    wide = f"{wide}.filter((each) => each.getBoundingClientRect().right > innerWidth + 1)"
    assert page.evaluate(f"{wide}.map((each) => each.textContent.slice(0, 60))") == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0


def test_without_scripts_the_report_is_whole(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    expect(page.locator("#answer")).to_be_visible()
    expect(page.get_by_role("group", name="Colours")).not_to_be_visible()
    expect(page.locator("table.overview").first).to_be_visible()
    page.locator(f"table.overview {TO_CODE}").first.click()
    expect(page.locator("#code-hello-flask-sync")).to_be_in_viewport()


@pytest.mark.parametrize(("width", "ground"), [(390, "dark"), (1280, "light")])
def test_two_runs_side_by_side_can_be_read_and_axe_finds_nothing(
    opened: Open, tmp_path: Path, width: int, ground: Any
) -> None:
    file = tmp_path / "diff.html"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    file.write_text(compared(tmp_path)[1], encoding="utf-8")
    page = opened(width, ground, of=file)
    page.screenshot(path=SCREENSHOTS / f"diff-{width}-{ground}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert faults(page, "main", scrolls=True) == []
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
