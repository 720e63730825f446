import pytest

from contract.endpoint import STYLES
from contract.endpoints import BY_NAME
from loadtests.reader.apps import handler_name
from loadtests.scenarios import SCENARIOS
from loadtests.web.code import shown, stylesheet


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_tab_has_each_scenarios_handlers_in_three_columns_of_as_many_rows(scenario: str, style: str) -> None:
    html = shown(scenario, style)
    columns = html.split("<article>")[1:]
    name = handler_name(BY_NAME[SCENARIOS[scenario].endpoint], style)
    assert len(columns) == 3
    assert all(f'<span class="nf">{name}</span>' in column for column in columns)
    assert len({column.count('<span class="row ') for column in columns}) == 1


def test_the_styles_touch_no_element_of_another_page() -> None:
    rules = [line.strip() for line in stylesheet().splitlines() if line.startswith((".", "body", "html", "@"))]
    ours = (".reader", ".page", ".skip", "@media", "body:has(> .reader.page)", "html:has(.reader.page)")
    assert [rule for rule in rules if not rule.startswith(ours) and ".reader" not in rule] == []
