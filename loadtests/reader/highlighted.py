"""One handler after another, highlighted: for pages that have the code of a scenario in them and do not align it."""

import msgspec
from markupsafe import Markup

from contract.endpoints import BY_NAME
from loadtests.reader.apps import APPS, file_of, handler_name, styles
from loadtests.reader.markup import plain
from loadtests.reader.pieces import find
from loadtests.reader.source import Source
from loadtests.scenarios import SCENARIOS


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """One handler: `source` is highlighted HTML, None where the app has none of this name; `line` counts from 1."""

    app: str
    style: str
    file: str
    line: int | None
    source: str | None


def handlers(scenario: str, source: Source | None = None) -> list[Handler]:
    """Return the handlers that answer a scenario: app by app, the plain function first, then the coroutine."""
    endpoint = BY_NAME[SCENARIOS[scenario].endpoint]
    where = source or Source()
    return [
        _handler(app, style, file_of(app, endpoint.topic), handler_name(endpoint, style), where)
        for app in APPS
        for style in styles(endpoint)
    ]


def _handler(app: str, style: str, file: str, name: str, source: Source) -> Handler:
    piece = find(file, source.text(file) or "", name)
    html = None if piece is None else str(Markup("\n").join(plain("\n".join(piece.lines))))
    return Handler(app=APPS[app], style=style, file=file, line=piece.first if piece else None, source=html)
