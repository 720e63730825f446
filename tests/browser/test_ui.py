"""`trilane ui` in a real browser: a person fills in the form, starts, watches, stops, and takes the next app."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from backing.leash import leashed
from tests.waiting import eventually

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM = os.environ.get("TRILANE_CHROMIUM", "/usr/bin/chromium")
# Without the sandbox, because CI is root; the rest keeps Chromium from calling home.
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic")  # fmt: skip
SLOW_MS = 60_000
RUNS = {"flask-thread": "hello", "fastapi-coroutine": "wait", "django-thread": "articles"}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `trilane ui` prints once it is up, which it is until the end of the tests."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("ui") / "ui.log"
    with leashed([sys.executable, "-m", "loadtests", "ui", "--port", str(port)], log=log, folder=ROOT, grace_s=20):
        assert eventually(lambda: "Choose a lane" in log.read_text(), timeout_s=120), log.read_text()
        yield log.read_text()


@pytest.fixture(scope="module")
def page(printed: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(SLOW_MS)
        page.goto(_address(printed, "Choose a lane"))
        yield page
        browser.close()


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
    _picture(page, f"{lane}-form")
    page.get_by_role("button", name="Start", exact=True).click()

    row = page.get_by_role("row").filter(has_text=f"{lane} {scenario}")
    expect(row).to_be_visible(timeout=SLOW_MS)
    assert eventually(lambda: _figures(page, f"{lane} {scenario}")["current_rps"] > 0, timeout_s=60)
    # The page asks for figures every two seconds: the last column but one is the rate.
    expect(row.get_by_role("cell").nth(-2)).not_to_have_text("0", timeout=SLOW_MS)
    _picture(page, f"{lane}-running")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="New", exact=True)).to_be_visible(timeout=SLOW_MS)
    _picture(page, f"{lane}-stopped")

    figures = _figures(page, f"{lane} {scenario}")
    assert figures["num_failures"] == 0
    assert figures["num_requests"] == _figures(page, "Aggregated")["num_requests"]


def test_the_app_itself_counted_the_requests_that_the_page_shows(page: Page, printed: str) -> None:
    last = list(RUNS)[-1]
    shown = _figures(page, f"{last} {RUNS[last]}")["num_requests"]
    own = httpx.get(f"{_address(printed, last)}/stats", timeout=30).json()
    assert last.partition("-")[0] in own["versions"]
    assert own["requests"] >= shown > 0


def _address(printed: str, line_with: str) -> str:
    """Return the address in the line of what was printed that has these words."""
    (line,) = (line for line in printed.splitlines() if line_with in line)
    return next(word for word in line.split() if word.startswith("http://"))


def _figures(page: Page, name: str) -> dict[str, Any]:
    stats = page.evaluate("fetch('/stats/requests').then(answer => answer.json())")["stats"]
    return next((row for row in stats if row["name"] == name), {"num_requests": 0, "current_rps": 0})


def _picture(page: Page, name: str) -> None:
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")
