"""The code behind a cell, inside the page: the handlers of its endpoint as they were at the run's commit."""

import ast
from collections.abc import Iterable

import msgspec
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from contract.endpoints import BY_NAME, STYLES
from loadtests.measurement.about import ROOT, Source
from loadtests.measurement.result import Cell, Summary
from loadtests.reader.source import Source as Files
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES

APPS = {"flask": "Flask", "fastapi": "FastAPI", "django": "Django"}
_LEXER = PythonLexer()
_FORMATTER = HtmlFormatter(nowrap=True)
_SHOWN = 12


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """One handler: `source` is highlighted HTML, None where the app has none; `id` is where the page shows it."""

    id: str
    app: str
    style: str
    file: str
    line: int | None
    source: Markup | None


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The handlers of one endpoint; `says` tells which state of the files they are."""

    endpoint: str
    does: str
    handlers: list[Handler]
    says: str


def place(cell: Cell) -> str | None:
    """Return the id of the handler that answered a cell, None for a lane whose app is not one of the three."""
    lane = LANES.get(cell.lane)
    app = lane.app if lane else cell.lane.partition("-")[0]
    return f"code-{SCENARIOS[cell.scenario].endpoint}-{app}-{cell.style}" if app in APPS else None


def code(summary: Summary, source: Source) -> list[Code]:
    """Return the code of each endpoint that a run asked."""
    endpoints = dict.fromkeys(SCENARIOS[cell.scenario].endpoint for cell in summary.cells)
    return [_code(name, source) for name in endpoints]


def _code(name: str, source: Source) -> Code:
    endpoint = BY_NAME[name]
    names = {style: name if style == STYLES[0] else f"{name}_async" for style in STYLES}
    files = {app: f"{app}_app/{endpoint.topic}.py" for app in APPS}
    then = Files(source.commit, ROOT)
    found = [
        _handler(f"code-{name}-{app}-{style}", file, function, then)
        for app, file in files.items()
        for style, function in names.items()
    ]
    return Code(endpoint=name, does=endpoint.does, handlers=found, says=_says(source, then, files.values()))


def _says(source: Source, then: Files, files: Iterable[str]) -> str:
    if source.commit is None:
        return "The files as they are now: the run did not know its commit."
    if then.commit is None or any(then.text(file) is None for file in files):
        return f"The files as they are now: commit {source.commit[:_SHOWN]}, which the run had, is not to be had here."
    beside = "; the run had changes beside it, which no commit holds" if source.dirty else ""
    return f"The files at commit {source.commit[:_SHOWN]}, which the run had{beside}."


def _handler(place: str, file: str, name: str, then: Files) -> Handler:
    text = then.text(file) or Files(None, ROOT).text(file) or ""
    found = next((node for node in ast.walk(ast.parse(text)) if _is(node, name)), None)
    app, style = place.split("-")[-2:]
    if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        return Handler(id=place, app=APPS[app], style=style, file=file, line=None, source=None)
    first = min([found.lineno, *(each.lineno for each in found.decorator_list)])
    lines = text.splitlines()[first - 1 : found.end_lineno]
    shown = Markup(highlight("\n".join(lines), _LEXER, _FORMATTER))  # noqa: S704 - Pygments escapes the source
    return Handler(id=place, app=APPS[app], style=style, file=file, line=first, source=shown)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
