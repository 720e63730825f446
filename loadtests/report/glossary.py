"""The words of the page, and QPS = concurrency ÷ response time worked out on the run's own figures."""

from markupsafe import Markup

from loadtests.measurement.result import Cell, Summary
from loadtests.report.index import Index, told
from loadtests.report.numbers import number

WORDS = {
    "QPS": "Queries per second, here requests/s: how many requests were answered in a second of the windows.",
    "TPS": "Transactions per second: as QPS, of requests that change the database and are done when it has them. A "
    "transaction that was answered as done and is not there is lost, however fast it was.",
    "RT": "Response time: from sending a request to the last byte of its answer, as the client sees it. Under an open "
    "load it counts from when the request was due.",
    "concurrency": "How many requests are in flight at a moment, at the mean.",
    "PV": "Page views: how many pages were shown, whoever looked.",
    "UV": "Unique visitors: how many different people looked, each counted once.",
    "percentile": "Where p99 is 100 ms, 99 of 100 requests took that or less. p50 is the median. The mean hides the "
    "slow ones; a percentile needs so many requests that some lie beyond it.",
    "closed load": "A fixed number of users, of whom each sends its next request when the last one is answered: where "
    "the server is slow, it is asked less.",
    "open load": "Requests arrive at a given rate whether earlier ones were answered or not, as those of people do who "
    "know nothing of each other: where the server is slow, a queue grows.",
    "duet": "Two servers on one core, loaded at the same moment: whatever disturbs one disturbs the other as well, so "
    "small differences show.",
}


def worked(summary: Summary) -> Markup:
    """Return QPS = concurrency ÷ RT with the figures of the fullest valid cell, or why there is none to show it on."""
    cells = [
        cell for cell in summary.cells if cell.valid and cell.rate is None and cell.rt_ms.mean and cell.concurrency
    ]
    if not cells:
        return Markup("No cell of this run is valid under a closed load, so there is none to show it on.")
    return _on(max(cells, key=lambda cell: cell.requests), Index(summary))


def _on(cell: Cell, index: Index) -> Markup:
    at = f"cells.{index.cell(cell)}"
    in_flight, mean_ms = cell.concurrency or 0.0, cell.rt_ms.mean or 1.0
    said = Markup(
        "In this run {} under {} at {} users had {} requests in flight and answered one in {} ms at the mean: "
        "{} ÷ {} s = {} requests/s. Counted on their own, they were {} requests/s."
    )
    return said.format(
        cell.name,
        cell.scenario,
        cell.users,
        told(f"{at}.concurrency", number(in_flight)),
        told(f"{at}.rt_ms.mean", number(mean_ms)),
        f"{in_flight:.4g}",
        f"{mean_ms / 1e3:.4g}",
        number(round(in_flight / mean_ms * 1e3, 3)),
        told(f"{at}.qps", number(cell.qps)),
    )
