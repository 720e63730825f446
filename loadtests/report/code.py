"""The code behind a cell, inside the page: the handlers of its endpoint, aligned, as they were at the run's commit."""

import msgspec

from contract.endpoints import BY_NAME
from loadtests.measurement.about import ROOT, Source
from loadtests.measurement.result import Cell, Summary
from loadtests.reader.apps import APPS, file_of
from loadtests.reader.handlers import Reading, Section, reading
from loadtests.reader.source import Source as Files
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES

_SHOWN = 12


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The handlers of one endpoint, aligned; `says` tells which state of the files they are."""

    read: Reading
    says: str

    def ids(self, section: Section) -> list[str]:
        """Return where the page shows the handler of each column of a section."""
        return [_id(self.read.endpoint.name, column.app, section.style) for column in section.handler.columns]


def place(cell: Cell) -> str | None:
    """Return the id of the handler that answered a cell, None for a lane whose app is not one of the three."""
    lane = LANES.get(cell.lane)
    app = lane.app if lane else cell.lane.partition("-")[0]
    return _id(SCENARIOS[cell.scenario].endpoint, app, cell.style) if app in APPS else None


def code(summary: Summary, source: Source) -> list[Code]:
    """Return the code of each endpoint that a run asked."""
    endpoints = dict.fromkeys(SCENARIOS[cell.scenario].endpoint for cell in summary.cells)
    return [_code(name, source) for name in endpoints]


def _id(endpoint: str, app: str, style: str) -> str:
    return f"code-{endpoint}-{app}-{style}"


def _code(name: str, source: Source) -> Code:
    endpoint, then = BY_NAME[name], Files(source.commit, ROOT)
    known = then.commit is not None and all(then.text(file_of(app, endpoint.topic)) is not None for app in APPS)
    return Code(read=reading(endpoint, then if known else Files(None, ROOT)), says=_says(source, known=known))


def _says(source: Source, *, known: bool) -> str:
    if source.commit is None:
        return "The files as they are now: the run did not know its commit."
    if not known:
        return f"The files as they are now: commit {source.commit[:_SHOWN]}, which the run had, is not to be had here."
    beside = "; the run had changes beside it, which no commit holds" if source.dirty else ""
    return f"The files at commit {source.commit[:_SHOWN]}, which the run had{beside}."
