"""`trilane ui` in a real browser: a person fills in the form, starts, watches, stops, takes another lane, compares."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from backing.leash import leashed
from loadtests.users.choice import FIELDS
from tests.browser.sight import faults
from tests.loadtests.uis import running_ui
from tests.waiting import eventually

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM = os.environ.get("TRILANE_CHROMIUM", "/usr/bin/chromium")
# Without the sandbox, because CI is root; the rest keeps Chromium from calling home.
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic")  # fmt: skip
SLOW_MS = 60_000
LATE = "fastapi-thread"  # it is not up when its turn comes
RUNS = {"flask-thread": "hello", LATE: "wait", "django-thread": "articles"}
BELONGING = {"hello": set(), "wait": {"ms", "how"}, "articles": {"limit", "access"}}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `trilane ui` prints once it is up, which it is until the end of the tests."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("ui")
    log = folder / "ui.log"
    command = [sys.executable, "-m", "loadtests", "ui", "--port", str(port), "--state", str(folder / "state")]
    with leashed(command, log=log, folder=ROOT, grace_s=20):
        assert eventually(lambda: "Choose a lane" in log.read_text(), timeout_s=120), log.read_text()
        yield log.read_text()


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """The addresses that the browser asked for."""
    return []


@pytest.fixture(scope="module")
def page(printed: str, asked: list[str]) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(SLOW_MS)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(_address(printed, "Choose a lane"))
        yield page
        browser.close()


def test_before_the_first_test_the_pages_are_reached_by_links(page: Page) -> None:
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("No test was finished here yet")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="Load", exact=True).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


@pytest.mark.parametrize("lane", RUNS)
def test_a_load_run_is_started_from_the_form_watched_and_stopped(page: Page, lane: str) -> None:
    scenario = RUNS[lane]
    if page.get_by_role("button", name="New", exact=True).is_visible():
        page.get_by_role("button", name="New", exact=True).click()
    page.fill("[name=userCount]", "8")
    page.fill("[name=spawnRate]", "8")
    if not page.locator("select[name=lane]").is_visible():
        page.get_by_role("button", name="Custom parameters").click()
    page.select_option("select[name=lane]", lane)
    page.select_option("select[name=scenario]", scenario)
    expect(page.get_by_text("Please provide one")).to_have_count(0)
    assert _fields(page) == BELONGING[scenario]
    _picture(page, f"{lane}-form")
    page.get_by_role("button", name="Start", exact=True).click()
    if lane == LATE:
        expect(page.get_by_role("status").filter(has_text=f"Starting {lane}")).to_be_visible()
        _picture(page, f"{lane}-starting")

    page.get_by_role("tab", name="Statistics").click()
    address = page.evaluate("fetch('/trilane/live').then(answer => answer.json())")["test"]["base_url"]
    expect(page.locator("#root").get_by_text(address, exact=True)).to_be_visible()
    row = page.get_by_role("row").filter(has_text=f"{lane} {scenario}")
    expect(row).to_be_visible(timeout=SLOW_MS)
    assert eventually(lambda: _figures(page, f"{lane} {scenario}")["current_rps"] > 0, timeout_s=60)
    # The page asks for figures every two seconds: the last column but one is the rate.
    expect(row.get_by_role("cell").nth(-2)).not_to_have_text("0", timeout=SLOW_MS)
    _picture(page, f"{lane}-running")
    _watch(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="New", exact=True)).to_be_visible(timeout=SLOW_MS)
    # When it is over the tab shows what is kept, and no last second in which the users went.
    users = page.locator("[data-figures] div").filter(has_text=re.compile("^Users")).locator("dd")
    expect(users).to_have_text("8", timeout=SLOW_MS)

    figures = _figures(page, f"{lane} {scenario}")
    assert figures["num_failures"] == 0
    assert figures["num_requests"] == _figures(page, "Aggregated")["num_requests"]
    page.get_by_role("tab", name="Compare").click()
    expect(_kept(page, lane)).to_be_visible()
    page.get_by_role("tab", name="Statistics").click()


def test_the_app_itself_counted_the_requests_that_the_page_shows(page: Page, printed: str) -> None:
    last = list(RUNS)[-1]
    shown = _figures(page, f"{last} {RUNS[last]}")["num_requests"]
    own = httpx.get(f"{_address(printed, last)}stats", timeout=30).json()
    assert last.partition("-")[0] in own["versions"]
    assert own["requests"] >= shown > 0


def test_the_tests_stand_side_by_side_and_can_be_sorted_by_keyboard(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("[data-rows] tr")).to_have_count(len(RUNS))
    expect(page.locator("[data-bars] .bar")).to_have_count(len(RUNS))
    for lane, scenario in RUNS.items():
        expect(_kept(page, lane)).to_contain_text(scenario)
    expect(page.locator("[data-bars] .bar").first).to_contain_text("articles · limit=20 access=pooled · 8 users")
    page.get_by_role("button", name="QPS", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[data-key=qps]")).to_have_attribute("aria-sort", "descending")
    shown = [_number(each) for each in page.locator("[data-rows] tr td[data-label=QPS]").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert [_number(each) for each in page.locator("[data-bars] .track").all_inner_texts()] == shown
    page.keyboard.press("Enter")
    expect(page.locator("th[data-key=qps]")).to_have_attribute("aria-sort", "ascending")


def test_slow_answers_draw_no_second_twice(page: Page, printed: str) -> None:
    browser = page.context.browser
    assert browser
    slow = browser.new_page()
    slow.add_init_script(
        "const ask = window.fetch;"
        "window.fetch = (...words) => new Promise(done => setTimeout(() => done(ask(...words)), 2600));"
    )
    slow.goto(f"{_address(printed, 'Choose a lane')}trilane/server")
    points = slow.locator("[data-figure=cpu_cores] polyline").first
    expect(points).to_be_attached(timeout=SLOW_MS)
    # By then, answers to all that was asked before the first one came have come as well.
    slow.wait_for_timeout(4000)
    places = [float(point.split(",")[0]) for point in (points.get_attribute("points") or "").split()]
    slow.close()
    assert len(places) > 1
    assert places == sorted(set(places))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["Server", "Compare", "Code"])
def test_every_tab_can_be_read_wide_and_narrow(page: Page, tab: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a width and a height
    page.reload()
    page.get_by_role("tab", name=tab).click()
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # as above
        expect(page.locator(_SHOWN[tab]).first).to_be_visible()
        page.wait_for_timeout(400)
        _picture(page, f"{tab.lower()}-{size['width']}-{scheme}")
        assert faults(page) == []
        assert faults(page, "[role=tablist]") == []
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["Statistics", "Failures"])
def test_locusts_own_header_and_tables_can_be_read_wide_and_narrow(page: Page, tab: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a width and a height
    page.reload()
    page.get_by_role("tab", name=tab).click()
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # as above
        expect(page.locator("#root table").first).to_be_visible()
        page.wait_for_timeout(400)
        _picture(page, f"{tab.lower()}-{size['width']}-{scheme}")
        assert faults(page, "#root header") == []
        assert faults(page, "#root main", scrolls=True) == []
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_can_be_read_wide_and_narrow(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a width and a height
    page.get_by_role("button", name="New", exact=True).click()
    # The longest names and rules.
    page.select_option("select[name=scenario]", "context")
    page.select_option("select[name=load]", "open")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # as above
        expect(page.locator("select[name=lane]")).to_be_visible()
        page.wait_for_timeout(400)
        _picture(page, f"form-{size['width']}-{scheme}")
        assert faults(page, "form") == []
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # as above
    page.reload()


_SHOWN = {"Server": "#trilane figure svg", "Compare": "[data-bars] .bar", "Code": "#trilane pre"}


def test_the_code_is_that_of_the_test_until_a_person_looks_at_another(page: Page) -> None:
    last = list(RUNS)[-1]
    scenario = page.locator("[data-tab=code] [data-scenario]")
    page.get_by_role("tab", name="Code").click()
    expect(scenario).to_have_value(RUNS[last])
    page.select_option("[data-tab=code] [data-scenario]", "signals")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("tab", name="Code").click()
    expect(scenario).to_have_value("signals")
    # Another test is begun from elsewhere: without a reload, the page follows it.
    _swarm(page, lane="fastapi-coroutine", scenario="context")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("tab", name="Code").click()
    expect(scenario).to_have_value("context")
    expect(page.locator("#trilane article").first).to_contain_text("async def context_echo_async")
    _stop_and_forget(page)


def test_the_code_is_that_of_the_chosen_scenario_in_all_three_apps(page: Page) -> None:
    page.get_by_role("tab", name="Code").click()
    page.select_option("[data-tab=code] [data-scenario]", "signals")
    page.select_option("[data-tab=code] [data-style]", "async")
    expect(page.locator("#trilane article")).to_have_count(3)
    for app in ("Flask", "FastAPI", "Django"):
        article = page.locator("#trilane article").filter(has=page.get_by_role("heading", name=app, exact=True))
        expect(article).to_contain_text("async def signals_async")


def test_a_test_is_downloaded_kept_across_a_reload_and_removed(page: Page, printed: str) -> None:
    page.get_by_role("tab", name="Compare").click()
    for kind in ("CSV", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Download {kind}").click()
        text = download.value.path().read_text()
        assert all(lane in text for lane in RUNS)
    page.goto(f"{_address(printed, 'Choose a lane')}trilane/compare")
    expect(page.locator("[data-rows] tr")).to_have_count(len(RUNS))
    lane = next(iter(RUNS))
    page.get_by_role("button", name=f"Remove the test {lane}").click()
    expect(page.locator("[data-rows] tr")).to_have_count(len(RUNS) - 1)
    expect(_kept(page, lane)).to_have_count(0)


def test_the_form_says_which_workers_it_waits_for(page: Page, tmp_path: Path) -> None:
    browser = page.context.browser
    assert browser
    words = ("--expect-workers", "2", "--workers-bind", "127.8.6.5", "--target", "flask-thread=http://127.0.0.1:1")
    with running_ui(tmp_path, *words) as ui:
        another = browser.new_page()
        another.goto(ui.url)
        expect(another.get_by_role("status").filter(has_text="0 of 2 workers are there")).to_be_visible()
        another.goto(f"{ui.url}/trilane/server")
        expect(another.locator("[data-trouble]")).to_contain_text("0 of 2 workers are there")
        another.close()


def test_no_other_address_was_asked_for_anything(asked: list[str], printed: str) -> None:
    own = _address(printed, "Choose a lane").rstrip("/")
    assert [url for url in asked if not url.startswith((own, "data:", "blob:"))] == []


def _swarm(page: Page, **fields: str) -> None:
    sent = "&".join(f"{name}={value}" for name, value in {"user_count": "1", "spawn_rate": "1", **fields}.items())
    started = page.evaluate(
        "sent => fetch('/swarm', {method: 'POST', body: new URLSearchParams(sent)}).then(answer => answer.json())", sent
    )
    assert started["success"], started["message"]


def _stop_and_forget(page: Page) -> None:
    page.evaluate(
        "fetch('/stop', {method: 'POST'}).then(() => fetch('/trilane/tests')).then(answer => answer.json())"
        ".then(tests => fetch(`/trilane/tests/${tests.at(-1).id}`, {method: 'DELETE'})).then(() => null)"
    )


def _watch(page: Page) -> None:
    """See the figures of the tab Server move."""
    page.get_by_role("tab", name="Server").click()
    cpu, qps = (page.locator(f"[data-figure={name}] .value") for name in ("cpu_cores", "qps"))
    expect(cpu).to_have_text(re.compile(r"^\d"))
    expect(page.get_by_role("status").locator("strong")).to_have_text(re.compile("so far|No verdict yet"))
    before = qps.inner_text()
    assert eventually(lambda: qps.inner_text() != before, timeout_s=20)


def _kept(page: Page, lane: str) -> Locator:
    return page.locator("[data-rows] tr").filter(has=page.locator("td[data-label=Lane]", has_text=lane))


def _fields(page: Page) -> set[str]:
    """Return which parameters the form shows."""
    # Locust's form calls them in its own way.
    names = [re.sub("_(.)", lambda found: found[1].upper(), name) for name in (*FIELDS, "rate")]
    assert {"calls", "id", "holdMs"} <= {*names}
    return {name for name in names if page.locator(f"form [name={name}]").first.is_visible()}


def _number(text: str) -> float:
    return float(text.replace(",", "").split()[0])


def _address(printed: str, line_with: str) -> str:
    """Return the address in the line of what was printed that has these words, with a slash at its end."""
    (line,) = (line for line in printed.splitlines() if line_with in line)
    return f"{next(word for word in line.split() if word.startswith('http://'))}/"


def _figures(page: Page, name: str) -> dict[str, Any]:
    stats = page.evaluate("fetch('/stats/requests').then(answer => answer.json())")["stats"]
    return next((row for row in stats if row["name"] == name), {"num_requests": 0, "current_rps": 0})


def _picture(page: Page, name: str) -> None:
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")
