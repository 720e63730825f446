"""Python source cut into its logical lines, each with its words: what is aligned, line by line."""

import io
import re
import textwrap
import tokenize
from collections import Counter
from functools import cached_property
from itertools import pairwise

import msgspec

MARK = "# DIFFERS:"
_SILENT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING}
# Words that say in what dialect a line is written, and not what it does.
_DIALECT = {"async": "", "await": "", "HttpRequest": "Request", "HttpResponse": "Response", "request": "", "self": ""}
_SUFFIX = "_async"
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_KEYWORDS = {"return", "if", "for", "with", "try", "except", "finally", "raise", "while", "else", "elif", "yield"}


class Word(msgspec.Struct, frozen=True):
    """One token: `row` counts from the first line of its unit, from 0; columns are of the dedented line."""

    text: str
    row: int
    column: int
    end_row: int
    end_column: int


class Unit(msgspec.Struct, frozen=True, dict=True):
    """One logical line, which may have several `lines`; `first` is the number of its first line in `file`, from 1.

    `kind` is `decorator`, `route`, `def`, `doc`, `comment`, `blank` or `statement`: unlike kinds are never aligned.
    `origins` are the names in it that are imported, each with the place.
    """

    file: str
    first: int
    lines: tuple[str, ...]
    kind: str
    words: tuple[Word, ...]
    origins: frozenset[tuple[str, str]] = frozenset()

    @property
    def says_why(self) -> bool:
        """Tell whether it is a remark that this app has to differ here."""
        return any(MARK in line for line in self.lines)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Return the words' texts."""
        return tuple(word.text for word in self.words)

    @cached_property
    def meaning(self) -> Counter[str]:
        """Count the words that say what the line does, whichever the framework and the style."""
        parts = [part for text in self.texts for part in re.findall(r"\w+", text)]
        return Counter(part for word in parts if (part := _DIALECT.get(word, word).removesuffix(_SUFFIX)))

    @cached_property
    def head(self) -> str:
        """Return the keyword it begins with, or what sort of statement it is."""
        first = next((text for text in self.texts if text not in {"async", "await"}), "")
        if first in _KEYWORDS:
            return first
        return "assignment" if "=" in self.texts and "(" not in self.texts[: self.texts.index("=")] else "call"


def units(file: str, first: int, lines: tuple[str, ...], *, route: bool = False) -> list[Unit]:
    """Cut lines of a file, whole statements of which `first` is the number of the first one, into units in order."""
    lines = tuple(textwrap.dedent("\n".join(lines)).split("\n"))
    found: list[Unit] = []
    for start, end, words in _logical(lines):
        own = tuple(
            Word(each.string, each.start[0] - start, each.start[1], each.end[0] - start, each.end[1]) for each in words
        )
        kind = "route" if route else _kind(words)
        whole = Unit(file, first + start - 1, lines[start - 1 : end], kind, own)
        found += _entries(whole) if kind == "statement" and whole.lines[0].endswith(_OPENING) else [whole]
    return found


def _entries(whole: Unit) -> list[Unit]:
    """Cut what a statement lists in brackets, entry by entry: each line at the depth of the first one begins a unit."""
    depth, starts = 0, {0}
    for before, word in pairwise(whole.words):
        depth += (before.text in _OPENING) - (before.text in _CLOSING)
        if word.row > before.end_row and depth == 1:
            starts.add(word.row)
    cuts = [*sorted(starts), len(whole.lines)]
    return [_rows(whole, start, end) for start, end in pairwise(cuts)]


def _rows(whole: Unit, start: int, end: int) -> Unit:
    """Return some lines of a unit as a unit of its own."""
    words = (word for word in whole.words if start <= word.row < end)
    own = tuple(Word(word.text, word.row - start, word.column, word.end_row - start, word.end_column) for word in words)
    return Unit(whole.file, whole.first + start, whole.lines[start:end], whole.kind, own)


def _logical(lines: tuple[str, ...]) -> list[tuple[int, int, list[tokenize.TokenInfo]]]:
    """Return first and last line, from 1, and the tokens of each logical line, blank lines and comments included."""
    found: list[tuple[int, int, list[tokenize.TokenInfo]]] = []
    words: list[tokenize.TokenInfo] = []
    done = 0
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
        inside = bool(words) and any(word.type != tokenize.COMMENT for word in words)
        if token.type not in _SILENT:
            words.append(token)
        elif token.type == tokenize.NEWLINE or (token.type == tokenize.NL and not inside):
            last = min(token.start[0], len(lines))
            if last > done:
                found.append((done + 1, last, words))
            words, done = [], last
    return found


def _kind(words: list[tokenize.TokenInfo]) -> str:
    if not words:
        return "blank"
    first, texts = words[0], [word.string for word in words]
    if first.type == tokenize.COMMENT:
        return "comment"
    if first.type == tokenize.STRING and len(words) == 1:
        return "doc"
    if first.string == "@":
        return "decorator"
    return "def" if {"def", "class"} & {*texts[:2]} else "statement"
