"""The reader's pages in a real browser: what stands beside what, what can be chosen, and who can read it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Page, expect, sync_playwright

from loadtests.reader.opening import write
from loadtests.reader.runs import found
from loadtests.reader.site import Site
from loadtests.reader.source import Source
from tests.browser.sight import faults
from tests.loadtests.summaries import cell
from tests.loadtests.synthetic import synthetic
from tests.loadtests.uis import Ui, quick, running_ui
from tests.reader.runs import run, whole

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots" / "reader"
CHROMIUM = os.environ.get("TRILANE_CHROMIUM", "/usr/bin/chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic")  # fmt: skip
# Axe would load the styles once more, which a page from a file may not.
NO_LOADING = {"preload": False, "resultTypes": ["violations"]}
WIDTHS = (390, 1280, 1920)
SHOWN = (
    ("index.html", "light"), ("index.html", "dark"), ("code/context_add.html", "light"),
    ("code/context_add.html", "dark"), ("topics/context.html", "light"),
)  # fmt: skip
TOOLS = ("All three", "Flask", "FastAPI", "Django", "Only rows that differ")

# Blocks of code that are shown and have no line left; those that are the same in all columns have no row that differs.
EMPTIED = """tool => [...document.querySelectorAll("table.code")].filter(table => table.checkVisibility()
    && (tool !== "Only rows that differ" || table.matches(".columns-1") || table.querySelector("tr:not(.same)"))
    && ![...table.querySelectorAll("td[data-app]")].some(cell => cell.checkVisibility()))
    .map(table => table.caption.textContent)"""
# Of each indented line that is shown: its number, its indentation, and where each of its printed lines begins.
LEFTS = """() => [...document.querySelectorAll("td code[style]")].filter(code => code.checkVisibility()).map(code => {
    const begin = code.getBoundingClientRect().left, lines = new Map(), range = document.createRange();
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        if (walker.currentNode.parentElement.matches(".indent")) continue;
        range.selectNodeContents(walker.currentNode);
        for (const box of range.getClientRects()) {
            const top = Math.round(box.top / 8), left = box.left - begin;
            lines.set(top, Math.min(lines.get(top) ?? left, left));
        }
    }
    return [code.dataset.n, code.style.getPropertyValue("--indent"), [...lines.values()]];
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader")
    cells = [*whole("context"), cell("django-thread", "context", variant={"carrier": "global"}, valid=False)]
    run(folder / "runs" / "a", cells)
    write(Site(Source(), found([folder / "runs"])).make(), folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """What the browser asked for besides files, and what it complained of."""
    return []


@pytest.fixture(scope="module")
def page(heard: list[str]) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda said: heard.append(said.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda asked: None if _is_ours(asked.url) else heard.append(asked.url))
        yield page
        browser.close()


def _is_ours(url: str) -> bool:
    return url.startswith(("file://", "data:", "http://127.0.0.1:"))


def serious(page: Page) -> list[str]:
    violations = Axe().run(page, options=NO_LOADING).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html']}" for each in violations if each["impact"] in {"serious", "critical"}
    ]


def opened(page: Page, site: Path, address: str, width: int = 1280) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.as_uri()}/{address}")


@pytest.mark.parametrize(("address", "scheme"), SHOWN)
def test_a_page_can_be_read_in_every_width_by_everybody(page: Page, site: Path, address: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for width in WIDTHS:
        opened(page, site, address, width)
        page.screenshot(path=SCREENSHOTS / f"{address.replace('/', '-')}-{width}-{scheme}.png", full_page=True)
        assert faults(page, ".reader", scrolls=True) == []
    assert serious(page) == []


@pytest.mark.parametrize(
    "address", ["files/csrf.html", "source/flask_app/likes.py.html", "topics/pools.html", "terms.html"]
)
def test_a_page_of_another_kind_can_be_read_on_a_phone(page: Page, site: Path, address: str) -> None:
    opened(page, site, address, 390)
    assert faults(page, ".reader", scrolls=True) == []
    assert serious(page) == []


def test_lines_that_mean_the_same_stand_at_one_height(page: Page, site: Path) -> None:
    opened(page, site, "code/context_echo.html")
    cells = page.locator("section[aria-labelledby=sync] table.code").first.locator("td", has_text="time.sleep(hold_ms")
    assert cells.count() == 3
    tops = {round((cells.nth(number).locator("code").bounding_box() or {"y": -1.0})["y"]) for number in range(3)}
    assert len(tops) == 1


def test_one_app_can_be_chosen_by_keyboard_and_stays_chosen(page: Page, site: Path) -> None:
    opened(page, site, "code/signals.html")
    django = page.locator("td[data-app=django] code").first
    page.get_by_role("radio", name="All three").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Flask")).to_be_checked()
    expect(django).to_be_hidden()
    expect(page.locator("td[data-app=flask] code").first).to_be_visible()
    opened(page, site, "code/wait.html")
    expect(page.get_by_role("radio", name="Flask")).to_be_checked()
    expect(django).to_be_hidden()
    page.get_by_role("radio", name="All three").check()
    expect(django).to_be_visible()


def test_rows_that_are_the_same_can_be_left_out(page: Page, site: Path) -> None:
    opened(page, site, "code/signals.html")
    same, differing = page.locator("tr.same"), page.locator("tr.differs")
    shown = differing.filter(visible=True).count()
    page.get_by_role("checkbox", name="Only rows that differ").check()
    assert same.filter(visible=True).count() == 0
    assert differing.filter(visible=True).count() == shown > 0
    page.get_by_role("checkbox", name="Only rows that differ").uncheck()
    assert same.filter(visible=True).count() > 0


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("address", ["code/context_add.html", "topics/context.html", "topics/pools.html"])
def test_no_tool_empties_a_block_of_code(page: Page, site: Path, address: str, width: int) -> None:
    opened(page, site, address, width)
    for tool in TOOLS:
        page.get_by_label(tool, exact=True).check()
        assert page.evaluate(EMPTIED, tool) == []
    page.get_by_label(TOOLS[-1], exact=True).uncheck()
    page.get_by_label(TOOLS[0], exact=True).check()


def test_on_a_phone_every_line_of_two_files_says_whose_it_is(page: Page, site: Path) -> None:
    opened(page, site, "topics/pools.html", 390)
    differing = page.locator("table.code", has_text="PerTask").locator("tr.differs").first.locator("td[data-label]")
    labels = [each.evaluate("cell => getComputedStyle(cell, '::before').content") for each in differing.all()]
    assert labels == ['"ways.py"', '"ways_async.py"']


def test_a_line_that_breaks_begins_at_its_place_and_goes_on_deeper(page: Page, site: Path) -> None:
    opened(page, site, "code/signals.html")
    page.get_by_role("radio", name="All three").check()
    broken, lefts = 0, page.evaluate(LEFTS)
    for number, indent, (first, *more) in lefts:
        assert first > 0, number
        assert all(left >= first + 1 for left in more), (number, indent, first, more)
        broken += bool(more)
    assert broken > 0


def test_no_name_in_a_table_of_prose_is_broken_on_a_phone(page: Page, site: Path) -> None:
    opened(page, site, "topics/sessions.html", 390)
    names = page.locator(".prose .scroll td code")
    assert names.count() > 0
    broken = names.evaluate_all(
        "all => all.filter(each => !each.textContent.includes(' ') && each.getClientRects().length > 1)"
        ".map(each => each.textContent).filter(text => /^[A-Za-z_.]+$/.test(text))"
    )
    assert broken == []


def test_on_a_phone_what_is_the_same_stands_once_and_what_differs_has_its_apps_name(page: Page, site: Path) -> None:
    opened(page, site, "code/context_echo.html", 390)
    table = page.locator("section[aria-labelledby=sync] table.code").first
    same = table.locator("td", has_text="time.sleep(hold_ms")
    assert [same.nth(number).is_visible() for number in range(3)] == [True, False, False]
    differing = table.locator("tr", has_text="def context_echo(").locator("td[data-label]")
    labels = [each.evaluate("cell => getComputedStyle(cell, '::before').content") for each in differing.all()]
    assert labels == ['"Flask"', '"FastAPI"', '"Django"']


def test_the_address_of_a_cell_leads_to_its_app_even_where_another_was_chosen(page: Page, site: Path) -> None:
    opened(page, site, "code/context_echo.html")
    page.get_by_role("radio", name="Flask").check()
    opened(page, site, "index.html")
    opened(page, site, "code/context_echo.html#django-sync")
    card = page.locator("#django-sync")
    expect(card).to_be_in_viewport()
    expect(card).to_contain_text("django_app/context.py")
    expect(card).to_contain_text("Not valid: why")


def test_a_term_leads_to_what_it_means(page: Page, site: Path) -> None:
    opened(page, site, "code/context_echo.html")
    page.locator("a.term", has_text="copy_current_request_context").first.click()
    expect(page.locator("#term-copy-current-request-context")).to_be_in_viewport()


def test_the_first_stop_of_the_keyboard_is_the_way_to_the_content(page: Page, site: Path) -> None:
    opened(page, site, "code/signals.html")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Skip to the content")
    expect(focused).to_be_in_viewport()


def test_on_paper_the_chosen_columns_stand_and_no_tools(page: Page, site: Path) -> None:
    opened(page, site, "code/signals.html")
    page.get_by_role("radio", name="All three").check()
    page.emulate_media(media="print")
    expect(page.locator(".tools")).to_be_hidden()
    expect(page.locator("td[data-app=django] code").first).to_be_visible()
    page.emulate_media(media="screen")


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with synthetic(quick) as server:
        target = f"fastapi-coroutine={server.base_url}"
        with running_ui(tmp_path_factory.mktemp("ui"), "--target", target) as up:
            yield up


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tab_of_the_web_ui_has_lines_beside_each_other_and_explains_them(page: Page, ui: Ui, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{ui.url}/trilane/code")
    page.select_option("[data-scenario]", "context")
    page.select_option("[data-style]", "async")
    lines = page.locator("#trilane code[data-n]", has_text="asyncio.sleep(hold_ms")
    expect(page.locator("[data-endpoint]")).to_have_value("context_echo")
    expect(lines).to_have_count(3)
    tops = {round((lines.nth(number).bounding_box() or {"y": -1.0})["y"]) for number in range(3)}
    assert len(tops) == 1
    expect(page.locator("#trilane #term-sync-to-async")).to_contain_text("by calling it in a thread")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SCREENSHOTS / f"tab-{width}-{scheme}.png", full_page=True)
        assert faults(page) == []
    assert serious(page) == []


def test_the_tab_has_endpoints_that_no_scenario_loads_in_both_styles(page: Page, ui: Ui) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{ui.url}/trilane/code")
    page.select_option("[data-endpoint]", "forms_login")
    page.select_option("[data-style]", "both")
    expect(page.locator("[data-scenario]")).to_have_value("")
    for title in ("Plain functions", "Coroutines"):
        section = page.get_by_role("region", name=title)
        expect(section.locator("article")).to_have_count(3)
        expect(section).to_contain_text("No scenario loads this endpoint")
    page.get_by_text("Twins: the plain function").click()
    expect(page.locator(".twins article").first).to_be_visible()
    assert faults(page) == []
    page.select_option("[data-scenario]", "signals")
    expect(page.locator("[data-endpoint]")).to_have_value("signals")
    expect(page.locator("#trilane article").first).to_contain_text("def signals(")


def test_nothing_was_asked_of_the_network_and_nothing_complained_of(heard: list[str]) -> None:
    assert heard == []
