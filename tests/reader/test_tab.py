import re
from pathlib import Path

import pytest

from contract.endpoint import STYLES
from contract.endpoints import BY_NAME, ENDPOINTS
from loadtests.reader.apps import handler_name, styles
from loadtests.web.code import shown, stylesheet
from tests.reader.runs import run, whole


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("loadtests.reader.runs.SAMPLE", tmp_path / "no-sample")


def sections(html: str) -> list[str]:
    return re.findall(r"<section.*?</section>", html, re.DOTALL)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_the_tab_has_each_endpoints_handlers_in_three_columns_of_as_many_rows(endpoint) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a row
    found = sections(shown(endpoint.name))
    assert len(found) == len(styles(endpoint))
    for style, html in zip(styles(endpoint), found, strict=True):
        columns = html.split("<article>")[1:]
        assert len(columns) == 3
        assert all(f">{handler_name(endpoint, style)}</span>" in column for column in columns)
        assert len({column.count('<span class="row ') for column in columns}) == 1


@pytest.mark.parametrize("style", STYLES)
def test_one_style_is_shown_alone_and_both_with_their_twins(style: str) -> None:
    (html,) = sections(shown("signals", style))
    assert f">{handler_name(BY_NAME['signals'], style)}</span>" in html
    assert "Twins" not in shown("signals", style)
    assert shown("signals").count("<article>") == 3 + 3 + 2 * 3


def test_the_tab_has_the_latest_figures_and_names_the_topic(tmp_path: Path) -> None:
    assert "Not measured yet: <code>trilane compare" in shown("signals", "sync")
    run(tmp_path / "runs" / "a", whole(cpu_us_per_request=812.4))
    html = shown("signals", "sync")
    assert "flask-thread, 64 users: 100 QPS, p99 12.5 ms, 812 µs CPU per request" in html
    assert "20 November 2026, 10:00 UTC" in html
    assert "<code>trilane read topics/signals --open</code>" in html
    assert "Told in order" not in shown("hello")


def test_the_styles_touch_no_element_of_another_page() -> None:
    rules = [line.strip() for line in stylesheet().splitlines() if line.startswith((".", "body", "html", "@"))]
    assert [rule for rule in rules if not rule.startswith("@media") and ".reader" not in rule] == []
