"""Code as HTML: coloured by Pygments, with marks on the words that others have not, and links to what terms mean."""

from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from itertools import groupby

from markupsafe import Markup
from pygments.lexers import PythonLexer, get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from loadtests.reader.terms import term_of
from loadtests.reader.units import Unit, Word

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
# What a letter is: the class of its colour, whether it is marked, and the term that it belongs to.
Look = tuple[str, bool, str]


def lines(unit: Unit, marked: Iterable[Word] = (), terms: frozenset[str] = frozenset()) -> list[Markup]:
    """Return the lines of a unit; `marked` words are marked, the first of each of the `terms` is linked."""
    rows, left = looks(unit, marked), set(terms)
    for word in unit.words:
        term = term_of(word.text, unit)
        if term is not None and term.anchor in left:
            left.discard(term.anchor)
            _paint(rows, word, term=term.anchor)
    return [_indented(text, row) for text, row in zip(unit.lines, rows, strict=True)]


def looks(unit: Unit, marked: Iterable[Word] = ()) -> list[list[Look]]:
    """Return how each letter of each line looks; `marked` words, and what stands between two of them, are marked."""
    rows = [[(kind, False, "") for kind in row] for row in _coloured(unit.lines)]
    for word in marked:
        _paint(rows, word, marked=True)
    for text, row in zip(unit.lines, rows, strict=True):
        for place in (place for place, letter in enumerate(text) if letter == " " and place and row[place - 1][1]):
            after = next(
                (look for look, other in zip(row[place:], text[place:], strict=True) if other != " "), row[place]
            )
            row[place] = (row[place][0], after[1], row[place][2])
    return rows


def plain(text: str, language: str = "python") -> list[Markup]:
    """Return the lines of a text in some language, coloured where Pygments knows it."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return [Markup(escape(line)) for line in text.split("\n")]  # noqa: S704 - it is escaped
    rows = _rows(lexer.get_tokens(text))
    return [_line(line, [(kind, False, "") for kind in row]) for line, row in zip(text.split("\n"), rows, strict=False)]


@cache
def _coloured(found: tuple[str, ...]) -> list[list[str]]:
    """Return the class of each letter of each line."""
    return _rows(_LEXER.get_tokens("\n".join(found)))


def _rows(tokens: Iterable[tuple[object, str]]) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    for kind, text in tokens:
        name = STANDARD_TYPES.get(kind, "")
        first, *more = text.split("\n")
        rows[-1] += [name] * len(first)
        rows += [[name] * len(each) for each in more]
    return rows


def _paint(rows: list[list[Look]], word: Word, *, marked: bool = False, term: str = "") -> None:
    for row, column in _places(rows, word):
        kind, was, before = rows[row][column]
        rows[row][column] = (kind, was or marked, before or term)


def _places(rows: list[list[Look]], word: Word) -> Iterator[tuple[int, int]]:
    """Name the place of each letter of a word, of one that goes over several lines as well."""
    for row in range(word.row, word.end_row + 1):
        start = word.column if row == word.row else 0
        end = word.end_column if row == word.end_row else len(rows[row])
        yield from ((row, column) for column in range(start, min(end, len(rows[row]))))


def _indented(text: str, row: list[Look]) -> Markup:
    """Return a line with its indentation in an element of its own, so that no browser breaks the line behind it."""
    depth = len(text) - len(text.lstrip(" "))
    indent = Markup('<span class="indent">{}</span>').format(text[:depth]) if depth else Markup()
    return indent + _line(text[depth:], row[depth:])


def _line(text: str, row: list[Look]) -> Markup:
    letters = list(zip(row, text, strict=True))
    parts = []
    for is_marked, group in groupby(letters, key=lambda each: each[0][1]):
        part = "".join(_parts(list(group)))
        parts.append(f"<mark>{part}</mark>" if is_marked else part)
    return Markup("".join(parts))  # noqa: S704 - all of the text is escaped below


def _parts(letters: list[tuple[Look, str]]) -> Iterator[str]:
    for (kind, _, term), group in groupby(letters, key=lambda each: each[0]):
        part = escape("".join([letter for _, letter in group]))
        if kind and kind != "w":
            part = f'<span class="{kind}">{part}</span>'
        yield f'<a class="term" href="#{term}">{part}</a>' if term else part
