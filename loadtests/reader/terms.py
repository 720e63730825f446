"""Which of the frameworks' words stand in some code."""

from collections.abc import Iterable

from loadtests.reader.blocks import Block
from loadtests.reader.glossary import GLOSSARY, Term
from loadtests.reader.units import Unit

__all__ = ["Term", "term_of", "terms_in"]

_BY_WORD = {word: term for term in GLOSSARY for word in term.words}
# Where `get` and `path` lead requests to a handler, and ask no dictionary.
_ROUTES = {"decorator", "route"}


def term_of(word: str, unit: Unit) -> Term | None:
    """Return the term that a word of a unit stands for, None where it is no framework's word there."""
    term = _BY_WORD.get(word)
    return None if term is None or (word in term.routed and unit.kind not in _ROUTES) else term


def terms_in(blocks: Iterable[Block]) -> list[Term]:
    """Return the words of the frameworks that the code has, in the glossary's order."""
    found: set[str] = set()
    for units in (_units(block) for block in blocks):
        words = {text for unit in units for text in unit.texts}
        terms = (term for unit in units for text in unit.texts if (term := term_of(text, unit)))
        found |= {term.name for term in terms if not words & {*term.unless}}
    return [term for term in GLOSSARY if term.name in found]


def _units(block: Block) -> list[Unit]:
    return [unit for row in block.rows for unit in row.units if unit]
