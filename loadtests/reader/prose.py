"""Markdown as HTML: code comes live from the source, and links lead to pages of the same site."""

from collections.abc import Callable, Sequence

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from loadtests.reader.blocks import Block
from loadtests.reader.markup import plain
from loadtests.reader.source import Source
from loadtests.reader.tables import table
from loadtests.reader.topics import MARK, code

Address = Callable[[str], str]

_BOX = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'


class Prose(msgspec.Struct, frozen=True, kw_only=True):
    """A page of prose: its HTML, and the blocks of code that stand in it."""

    html: Markup
    blocks: list[Block]


def prose(text: str, page: str, source: Source, address: Address) -> Prose:
    """Return a page as HTML; `address` gives the place of what a link of the page names."""
    markdown = MarkdownIt("commonmark", {"html": False, "highlight": _highlighted}).enable("table")
    tokens, blocks = markdown.parse(text), list[Block]()
    for place, token in enumerate(tokens):
        if token.type == "inline" and token.content.startswith(MARK):
            blocks.append(code(token.content, source, page))
            _replace(tokens, place, table(blocks[-1], linked=True))
        elif token.type == "inline":
            _lead(token, address)
        elif token.type == "heading_open":
            token.attrSet("id", _slug(tokens[place + 1].content))
    html = markdown.renderer.render(tokens, markdown.options, {})
    html = html.replace("<table>", f"{_BOX}<table>")
    return Prose(html=Markup(_closed(html)), blocks=blocks)  # noqa: S704 - markdown-it and the templates escape


def _closed(html: str) -> str:
    """End the boxes around the tables of the prose; those of code have a class and no box."""
    first, *boxes = html.split(_BOX)
    return _BOX.join([first, *(box.replace("</table>", "</table></div>", 1) for box in boxes)])


def _replace(tokens: Sequence[Token], place: int, html: Markup) -> None:
    """Put HTML in the place of a paragraph."""
    for around in (tokens[place - 1], tokens[place + 1]):
        around.hidden, around.type, around.tag = True, "html_block", ""
    token = tokens[place]
    token.type, token.content, token.children = "html_block", str(html), None


def _lead(token: Token, address: Address) -> None:
    for child in token.children or []:
        name = {"link_open": "href", "image": "src"}.get(child.type)
        if name is not None:
            child.attrSet(name, address(str(child.attrGet(name) or "")))


def _slug(heading: str) -> str:
    """Return a heading's name as forges make it."""
    kept = "".join(letter for letter in heading.lower() if letter.isalnum() or letter in "_- ")
    return kept.replace(" ", "-")


def _highlighted(text: str, language: str, _: str) -> str:
    """Return a block of text that a keyboard can scroll: what begins with `<pre` is taken as it is."""
    inside = Markup("\n").join(plain(text, language or "text"))
    return f'<pre tabindex="0" role="region" aria-label="Text"><code>{inside}</code></pre>\n'
