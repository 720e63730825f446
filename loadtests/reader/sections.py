"""A style of an endpoint as a page shows it: the code with its figures, and where what it calls is written."""

from collections.abc import Sequence

import msgspec

from loadtests.reader.apps import APPS, handler_name
from loadtests.reader.blocks import Block
from loadtests.reader.elsewhere import Call, calls
from loadtests.reader.figures import Measured, measured
from loadtests.reader.handlers import Reading
from loadtests.reader.runs import Past
from loadtests.reader.source import Source

TITLES = {"sync": "Plain functions", "async": "Coroutines", "": "Handlers, one for every server"}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One style of an endpoint; `calls` are by app."""

    style: str
    title: str
    handler: Block
    measured: list[Measured]
    calls: dict[str, list[Call]]


def sections(reading: Reading, runs: Sequence[Past], source: Source) -> list[Shown]:
    """Put the figures and the calls to what is read of an endpoint."""
    endpoint = reading.endpoint
    return [
        Shown(
            style=section.style,
            title=TITLES[section.style],
            handler=section.handler,
            measured=measured(endpoint, section.style, runs, source),
            calls={app: calls(source, app, endpoint.topic, handler_name(endpoint, section.style)) for app in APPS},
        )
        for section in reading.sections
    ]
