"""A report read back: each figure on the page with its place in summary.json, and whether the two agree."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import msgspec

Attributes = dict[str, str]
# What stands on the page word by word, in an element that says of which of them it is one.
TEXTS = {"sentences", "warnings"}
_VOID = {"meta", "link", "br", "rect", "line", "input", "img"}
_CELLS = {"td", "th"}
# What the page takes of a list of figures, by how it names its place.
_OF_ALL = {"least": min, "most": max}
_NUMBER = re.compile(r"-?[\d,]+(?:\.(\d+))?(?:e-?\d+)?$")


class Figure(msgspec.Struct, frozen=True):
    """A text of the page and where it says it comes from, such as `cells.3.rt_ms.p99`; `turned`: 1 ÷ that."""

    at: str
    text: str
    turned: bool = False


class _Reader(HTMLParser):
    """Keeps what stands in elements that name their place, and in columns that do in rows that do."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.figures: list[Figure] = []
        self._head: list[str | None] = []
        self._row: Attributes = {}
        self._column = -1
        self._open: list[tuple[str, str, bool, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag in {"tr", "thead"} | _CELLS:
            self._end(_CELLS)
        if tag == "thead":
            self._head = []
        if tag == "tr":
            self._row, self._column = own, -1
        if tag in _CELLS:
            self._column += 1
            if own.get("scope") == "col":
                self._head.append(own.get("data-metric"))
        if tag not in _VOID and (tag in _CELLS or self._place(tag, own)):
            self._open.append((tag, self._place(tag, own), "data-turned" in own, []))
        if tag == "td" and "data-cell" in own:
            self._row = {"data-cell": own["data-cell"]}

    def _place(self, tag: str, own: Attributes) -> str:
        if "data-at" in own or "data-said" in own:
            return own.get("data-at", own.get("data-said", ""))
        metric = own.get("data-metric") if tag == "span" else None
        if tag == "td" and "data-cell" not in own and self._column < len(self._head):
            metric = self._head[self._column]
        for row, what in (
            ("data-cell", ""),
            ("data-verdict", "verdicts"),
            ("data-control", "controls"),
            ("data-change", "changes"),
            ("data-curve", "curves"),
        ):
            if metric and row in self._row:
                whose, path = metric.split(".", 1) if not what else (what, metric)
                return f"{whose}.{self._row[row]}.{path}"
        return ""

    def handle_endtag(self, tag: str) -> None:
        if tag in {"tr", "tbody", "table"}:
            self._end(_CELLS)
        elif self._open and self._open[-1][0] == tag:
            self._end({tag})

    def _end(self, tags: set[str]) -> None:
        if self._open and self._open[-1][0] in tags:
            _, at, turned, text = self._open.pop()
            if at:
                self.figures.append(Figure(at, " ".join("".join(text).split()), turned))

    def handle_data(self, data: str) -> None:
        for _, _, _, text in self._open:
            text.append(data)


def figures(html: str) -> list[Figure]:
    """Return all figures of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.figures


def disagreeing(html: str, summary: dict[str, Any]) -> list[str]:
    """Return the figures of a page that are not those of a summary, which is given as its JSON."""
    found = figures(html)
    words = Counter(each for each in found if each.at in TEXTS)
    wrong = [each for each, count in words.items() if count > _said(each, summary)]
    wrong += [each for each in found if each.at not in TEXTS and not _agrees(each, summary)]
    return [f"{each.at}: {each.text!r}" for each in wrong]


def _said(figure: Figure, summary: dict[str, Any]) -> int:
    """Return how many sentences of a summary may stand on the page like this."""
    return sum(figure.text in wordings(each) for each in summary[figure.at])


def _agrees(figure: Figure, summary: dict[str, Any]) -> bool:
    whose, place, *path = figure.at.split(".")
    cell = summary["cells"][int(place)] if whose in {"cells", "details"} else {}
    found: Any = detail_of(cell, summary) if whose == "details" else summary[whose][int(place)]
    for name in path:
        found = None if found is None else _below(found, name)
    if path == ["rank"] and not figure.text:
        return _alone(cell, summary)
    if cell and not cell["valid"] and figure.text in {"", "not valid"}:
        return path[0] in {"qps", "rt_ms", "concurrency", "qps_spread"}
    return _same(figure, path[-1], found)


def _below(found: Any, name: str) -> Any:
    """Return what stands below a place, or what is worked out of it: lost writes, the least and most of a list."""
    if isinstance(found, dict):
        return max(0, found["answered"] - found["committed"]) if name == "lost" else found[name]
    if name not in _OF_ALL:
        return found[int(name)]
    return _OF_ALL[name]([each for each in found if each is not None], default=None)


def _alone(cell: dict[str, Any], summary: dict[str, Any]) -> bool:
    """Tell whether a cell is the only one under its load that has a rank, which therefore says nothing."""
    load = [cell[key] for key in ("scenario", "users", "rate")]
    ranked = [each for each in summary["details"] if each["rank"] is not None]
    return sum([each[key] for key in ("scenario", "users", "rate")] == load for each in ranked) == 1


def detail_of(cell: dict[str, Any], summary: dict[str, Any]) -> dict[str, Any]:
    """Return what stands behind a cell."""
    keys = ("name", "scenario", "users", "rate")
    found: dict[str, Any] = next(each for each in summary["details"] if all(each[key] == cell[key] for key in keys))
    return found


def _same(figure: Figure, name: str, found: Any) -> bool:
    text = figure.text.removeprefix("≥ ").removeprefix("✕ ")
    if name == "qps_per_round":
        return [_same(Figure("", one), "", each) for one, each in zip(text.split(" · "), found, strict=True)].count(
            True
        ) == len(found)
    if found is None:
        return text == "–"
    if isinstance(found, dict) and found.keys() == {"value", "low", "high"}:
        return _spans(text, found)
    if isinstance(found, dict):
        return text in {", ".join(f"{kind} × {count:,}" for kind, count in found.items()) or "0", "–"}
    if isinstance(found, list | str):
        whole = found if isinstance(found, str) else ", ".join(map(str, found)) or "–"
        return text in {whole, whole[:1].upper() + whole[1:]}
    value = 1 / found if figure.turned else found
    return _reads(text, value / 2**20 if name.endswith("_bytes") else value, as_share=text.endswith("%"))


def _reads(text: str, value: float, *, as_share: bool) -> bool:
    """Tell whether a text is the value, rounded to the decimals that it shows, of which three figures count."""
    shown = _NUMBER.match(text.removesuffix("%"))
    if shown is None:
        return False
    off = abs(float(text.removesuffix("%").replace(",", "")) / (100 if as_share else 1) - value)
    half: float = 0.5 * 10.0 ** -len(shown[1] or "") / (100 if as_share else 1)
    return off <= half * (1 + 1e-6)


def _spans(text: str, found: dict[str, float]) -> bool:
    """Tell whether a text is a figure with its interval, as in `12.3 [11, 13.5]`."""
    shown = text.replace("[", "").replace("]", "").split(" ")
    wanted = [found[each] for each in ("value", "low", "high")]
    return all(_about(one.rstrip(","), each) for one, each in zip(shown, wanted, strict=True))


def _about(text: str, value: float) -> bool:
    """Tell whether a text is the value in three figures that count, or in two where it is tiny."""
    return abs(float(text.replace(",", "")) - value) <= abs(value) * (0.05 if "e" in text else 0.005) * (1 + 1e-6)


def wordings(said: str) -> set[str]:
    """Return how a sentence may stand on the page: below the heading of its load without that, as a beginning."""
    whole = " ".join(said.split())
    each = {whole, whole.partition(": ")[2]}
    return {text[:1].upper() + text[1:] for text in each} | each


def leaves(found: Any, at: str = "") -> Iterator[str]:
    """Give the places of all figures below something of a summary: those that are numbers, or missing ones."""
    if isinstance(found, dict):
        for name, each in found.items():
            yield from leaves(each, f"{at}.{name}" if at else name)
    elif found is None or (isinstance(found, int | float) and not isinstance(found, bool)):
        yield at
