"""The tab Code: the handlers behind a scenario, aligned and marked, with what the frameworks' own words mean."""

from functools import cache

from contract.endpoints import BY_NAME
from loadtests.reader.handlers import handler
from loadtests.reader.highlighted import Handler, handlers
from loadtests.reader.source import Source
from loadtests.reader.tables import environment, stylesheet
from loadtests.reader.terms import terms_in
from loadtests.scenarios import SCENARIOS

__all__ = ["Handler", "handlers", "shown", "stylesheet"]


@cache
def shown(scenario: str, style: str) -> str:
    """Return the handlers of a scenario in one style as HTML: three columns whose lines stand beside each other."""
    block = handler(BY_NAME[SCENARIOS[scenario].endpoint], style, Source())
    template = environment().get_template("columns.html.j2")
    return template.render(block=block, terms=terms_in([block]))
