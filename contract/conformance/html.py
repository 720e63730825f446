"""Read an HTML page as a list of events: frameworks escape quotes and break lines differently, and mean the same."""

import re
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser

Event = tuple[str, ...]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[Event] = []

    def handle_decl(self, decl: str) -> None:
        self.events.append(("declaration", decl))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append(("start", tag, *(f"{name}={value or ''}" for name, value in sorted(attrs))))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("end", tag))

    def handle_data(self, data: str) -> None:
        if text := re.sub(r"\s+", " ", data).strip():
            self.events.append(("text", text))


def events(page: bytes) -> list[Event]:
    """Return what a browser would build from the page: attributes sorted, references resolved, spaces collapsed."""
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    return reader.events


def value_of(page: bytes, field: str) -> str | None:
    """Return the value of the page's first input of this name."""
    for event in events(page):
        if event[:2] == ("start", "input") and f"name={field}" in event:
            return next((part.removeprefix("value=") for part in event if part.startswith("value=")), "")
    return None


def unlike(right: str) -> Callable[[bytes], Iterator[str]]:
    """Return what names the first place in which a page is not the right one."""
    wanted = events(right.encode())
    return lambda page: parting(events(page), wanted)


def parting(found: Sequence[Event], wanted: Sequence[Event]) -> Iterator[str]:
    """Name the first place in which two lists of events part."""
    for place, (one, other) in enumerate(zip(found, wanted, strict=False)):
        if one != other:
            yield f"{one} at place {place}, not {other}"
            return
    if len(found) != len(wanted):
        yield f"{len(found)} events, not {len(wanted)}"
