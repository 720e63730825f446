"""The handler behind a scenario in all three apps: its source, found by the contract's names; no app is imported."""

import ast
from functools import cache

import msgspec
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from contract.endpoints import BY_NAME, STYLES
from loadtests.scenarios import SCENARIOS
from loadtests.servers.stacks import ROOT

APPS = {"flask": "Flask", "fastapi": "FastAPI", "django": "Django"}
_LEXER = PythonLexer()
_FORMATTER = HtmlFormatter(nowrap=True)


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """One handler: `source` is highlighted HTML, None where the app has none of this name."""

    app: str
    style: str
    file: str
    line: int | None
    source: str | None


def handlers(scenario: str) -> list[Handler]:
    """Return the handlers that answer a scenario: app by app, the plain function first, then the coroutine."""
    endpoint = BY_NAME[SCENARIOS[scenario].endpoint]
    names = {style: endpoint.name if style == STYLES[0] else f"{endpoint.name}_async" for style in STYLES}
    return [
        _handler(app, style, f"{app}_app/{endpoint.topic}.py", name) for app in APPS for style, name in names.items()
    ]


@cache
def _handler(app: str, style: str, file: str, name: str) -> Handler:
    text = (ROOT / file).read_text() if (ROOT / file).exists() else ""
    found = next((node for node in ast.walk(ast.parse(text)) if _is(node, name)), None)
    if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        return Handler(app=APPS[app], style=style, file=file, line=None, source=None)
    first = min([found.lineno, *(each.lineno for each in found.decorator_list)])
    lines = text.splitlines()[first - 1 : found.end_lineno]
    return Handler(app=APPS[app], style=style, file=file, line=first, source=_highlighted("\n".join(lines)))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name


def _highlighted(source: str) -> str:
    """Return the source as HTML: Pygments escapes it."""
    return str(highlight(source, _LEXER, _FORMATTER))
