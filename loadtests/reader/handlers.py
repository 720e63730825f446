"""An endpoint as it is read: its handlers in all three apps, in each style, with what belongs to them."""

from collections.abc import Sequence

import msgspec

from contract.endpoint import Endpoint
from loadtests.reader.apps import APPS, KINDS, file_of, handler_name, styles
from loadtests.reader.around import neighbours, routes
from loadtests.reader.blocks import Block, Side, block
from loadtests.reader.pieces import find, remarks
from loadtests.reader.source import Source
from loadtests.reader.terms import Term, terms_in


class Remark(msgspec.Struct, frozen=True):
    """Why a file differs as a whole."""

    app: str
    file: str
    line: int
    text: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One style of an endpoint: its handlers."""

    style: str
    handler: Block

    @property
    def kind(self) -> str:
        """Name what such a handler is."""
        return KINDS[self.style]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that is shown of an endpoint.

    `around` is what the handlers use of the same files, and what is wrapped around them; `twins` are the plain function
    and the coroutine of each app beside each other.
    """

    endpoint: Endpoint
    sections: list[Section]
    around: list[Block]
    twins: list[Block]
    remarks: list[Remark]
    terms: list[Term]


def reading(endpoint: Endpoint, source: Source, only: Sequence[str] = ()) -> Reading:
    """Read an endpoint's handlers in all apps, in all styles or in some `only`."""
    shown = only or styles(endpoint)
    sections = [Section(style=style, handler=handler(endpoint, style, source)) for style in shown]
    around = _around(endpoint, shown, source)
    return Reading(
        endpoint=endpoint,
        sections=sections,
        around=around,
        twins=_twins(endpoint, source) if len(sections) > 1 else [],
        remarks=_remarks(endpoint.topic, source),
        terms=terms_in([*(section.handler for section in sections), *around]),
    )


def aligned(file: str, name: str, source: Source) -> Block:
    """Align what a file of the same name defines under a name in all three apps; `file` is `context.py`."""
    return block(name, [_side(app, file.removesuffix(".py"), name, source) for app in APPS])


def handler(endpoint: Endpoint, style: str, source: Source) -> Block:
    """Align the handlers of an endpoint in one style, routes included."""
    name = handler_name(endpoint, style)
    return block(name, [_routed(app, endpoint, style, source) for app in APPS])


def _around(endpoint: Endpoint, shown: Sequence[str], source: Source) -> list[Block]:
    handlers = [handler_name(endpoint, style) for style in shown]
    orders = [neighbours(source, app, endpoint.topic, handlers) for app in APPS]
    return [aligned(f"{endpoint.topic}.py", each, source) for each in merged(orders)]


def _twins(endpoint: Endpoint, source: Source) -> list[Block]:
    found = []
    for app, title in APPS.items():
        sides = [_routed(app, endpoint, style, source) for style in styles(endpoint)]
        named = [msgspec.structs.replace(side, title=f"{title}, {KINDS[side.style]}") for side in sides]
        found.append(block(endpoint.name, named))
    return found


def _routed(app: str, endpoint: Endpoint, style: str, source: Source) -> Side:
    name = handler_name(endpoint, style)
    side = _side(app, endpoint.topic, name, source)
    return msgspec.structs.replace(side, style=style, routes=routes(source, app, endpoint.topic, name))


def _side(app: str, topic: str, name: str, source: Source) -> Side:
    file = file_of(app, topic)
    return Side(title=APPS[app], app=app, file=file, piece=find(file, source.text(file) or "", name))


def _remarks(topic: str, source: Source) -> list[Remark]:
    files = {app: file_of(app, topic) for app in APPS}
    return [
        Remark(app, file, number, text)
        for app, file in files.items()
        for number, text in remarks(source.text(file) or "")
        if not _belongs(source, file, number)
    ]


def _belongs(source: Source, file: str, number: int) -> bool:
    """Tell whether a remark stands right above a definition, and is shown with that."""
    lines = (source.text(file) or "").splitlines()
    below = next((line for line in lines[number - 1 :] if not line.startswith("#")), "")
    return bool(below.strip())


def merged(orders: list[list[str]]) -> list[str]:
    """Return all names once, those that only some apps have behind what stands before them there."""
    merged: list[str] = []
    for names in orders:
        place = 0
        for name in names:
            if name in merged:
                place = merged.index(name) + 1
            else:
                merged.insert(place, name)
                place += 1
    return merged
