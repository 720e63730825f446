"""The figures and quotations of a guide, by paragraph, and the places that each paragraph leads to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.topics.quoting import links, section

# What counts as a place with figures of its own.
_SOURCE = re.compile(r"README\.md#|/measurement\.md|/proofs/")
# "2,625 of 2,629", "1.918 [1.836, 1.986]", "51.7 ms", "553"; 404 and the like are no figures, nor is version 0.103.
_FIGURE = re.compile(
    r"\d[\d,]* of \d[\d,]*\d\b|\d[\d.]* \[[\d., ]+\]|(?<![\d.,])\d+\.\d+(?= (?:ms|µs|per second|and \d))"
    r"|(?<![\d.,])(?!40\d|50\d)\d[\d,]{2,}\b"
)
_WORKED = re.compile(r"(\d+)(?: threads)? ÷ ([\d.]+) (?:ms|per second) = (\d+)")
_LANE = re.compile(r"\b(?:flask|fastapi|django)-(?:process|thread|greenlet|async-view|coroutine)\b")
# A quotation belongs to the paragraph before it; an item of a list and a row of a table are paragraphs.
_BREAK = re.compile(r"\n\s*\n(?!\s*>)|\n(?=- |\d+\. |\| )")
_QUOTATION = re.compile(r"^ *> ?(.*)$", re.MULTILINE)
# What is typed has no figures; of what stands in code only the names of lanes count.
_CODE = re.compile(r"`((?:flask|fastapi|django)-[a-z-]+)?[^`]*`")
_UNSAID = re.compile(r"^```.*?^```$|\(\.[^)]*\)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph's own words, what it quotes, and what is said where it leads, or the introduction if it does not."""

    text: str
    quotations: tuple[str, ...]
    origin: str

    @property
    def worked(self) -> list[tuple[str, str, str]]:
        """The divisions that it writes out: what is divided, by what, and the result."""
        return _WORKED.findall(self.text)

    @property
    def figures(self) -> list[str]:
        """The figures that have to come from somewhere."""
        results = {result for *_, result in self.worked}
        return [figure for figure in _FIGURE.findall(self.text) if figure not in results]

    def has(self, quotation: str) -> bool:
        """Tell whether the origin has these words in a row, whatever its lists, quotations and line breaks."""
        origin = " ".join(re.sub(r"^(> |- )", "", line) for line in self.origin.splitlines())
        return re.search(rf"(?<!\S){re.escape(quotation)}(?!\S)", origin) is not None

    def accounts_for(self, figure: str) -> bool:
        """Tell whether a line of the origin has the whole figure, and a lane of the paragraph if that names any."""
        whole = re.compile(rf"(?<![\d,.]){re.escape(figure)}(?!\d|[,.]\d)")
        lanes = set(_LANE.findall(self.text))
        lines = [line for line in self.origin.splitlines() if whole.search(line)]
        return any(not lanes or lanes & set(_LANE.findall(line)) for line in lines)


def paragraphs(guide: Path) -> Iterator[Paragraph]:
    """Yield the paragraphs of a guide; raise `ValueError` for a link to a heading that is not there."""
    text = guide.read_text()
    introduction = _origin(guide, text.partition("\n## ")[0])
    for block in _BREAK.split(text):
        words = _CODE.sub(r"\1", _QUOTATION.sub("", _UNSAID.sub("", block)))
        quotations = tuple(filter(None, _QUOTATION.findall(block)))
        yield Paragraph(re.sub(r"\s+", " ", words), quotations, _origin(guide, block) or introduction)


def _origin(guide: Path, text: str) -> str:
    """Return what is said in the places with figures to which a text of this guide leads."""
    return "\n".join(_said(guide.parent, link) for link in links(text) if _SOURCE.search(link))


def _said(folder: Path, place: str) -> str:
    path, _, anchor = place.partition("#")
    text = (folder / path).read_text()
    return section(text, anchor) if anchor else text
