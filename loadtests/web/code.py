"""The tab Code: the handlers of an endpoint, aligned and marked, with what was measured of them and what words mean."""

from contract.endpoint import STYLES
from contract.endpoints import BY_NAME
from loadtests.reader.apps import APPS, address_of
from loadtests.reader.asking import topics
from loadtests.reader.handlers import reading
from loadtests.reader.runs import found
from loadtests.reader.sections import sections
from loadtests.reader.source import Source
from loadtests.reader.tables import environment, stylesheet

__all__ = ["BOTH", "CHOICES", "shown", "stylesheet"]

BOTH = "both"
CHOICES = (BOTH, *STYLES)


def shown(endpoint: str, style: str = BOTH) -> str:
    """Return the handlers of an endpoint as HTML, in one style or in both: columns whose lines stand beside each other.

    An endpoint outside of the styles has one handler, whichever is chosen. Figures are of the latest run that has any.
    """
    asked, source = BY_NAME[endpoint], Source()
    read = reading(asked, source, (style,) if asked.styled and style in STYLES else ())
    return (
        environment()
        .get_template("columns.html.j2")
        .render(
            endpoint=asked,
            address=address_of(asked),
            reading=read,
            sections=sections(read, found(), source),
            apps=APPS,
            told=asked.topic in topics(source),
        )
    )
