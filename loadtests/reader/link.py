"""Where the site has the code behind something: the address of a cell's handler, below the site's folder."""

from loadtests.measurement.result import Cell
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES


def link(cell: Cell) -> str:
    """Return the address of the handler that answered a cell, as in `code/signals.html#flask-sync`.

    A scenario that this version does not know has the address of the list of all.
    """
    scenario = SCENARIOS.get(cell.scenario)
    if scenario is None:
        return "index.html"
    app = LANES[cell.lane].app if cell.lane in LANES else cell.lane.partition("-")[0]
    return f"code/{scenario.endpoint}.html#{app}-{cell.style}"
