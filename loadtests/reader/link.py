"""Where the site has the code behind something: the address of a cell's handler, below the site's folder."""

from loadtests.measurement.result import Cell
from loadtests.reader.apps import APPS
from loadtests.reader.origin import app_of
from loadtests.scenarios import SCENARIOS


def link(cell: Cell) -> str:
    """Return the address of the handler that answered a cell, as in `code/signals.html#flask-sync`.

    A scenario that this version does not know has the address of the list of all, a lane of another framework than the
    three that of the page.
    """
    scenario = SCENARIOS.get(cell.scenario)
    if scenario is None:
        return "index.html"
    app, page = app_of(cell.lane), f"code/{scenario.endpoint}.html"
    return f"{page}#{app}-{cell.style}" if app in APPS else page
