"""Which of the frameworks' words stand in some code."""

from collections.abc import Iterable

from loadtests.reader.blocks import Block
from loadtests.reader.glossary import GLOSSARY, Term

__all__ = ["BY_WORD", "Term", "terms_in"]

BY_WORD = {word: term for term in GLOSSARY for word in term.words}


def terms_in(blocks: Iterable[Block]) -> list[Term]:
    """Return the words of the frameworks that the code has, in the glossary's order."""
    words = {text for block in blocks for row in block.rows for unit in row.units if unit for text in unit.texts}
    return [term for term in GLOSSARY if words & {*term.words} and not words & {*term.unless}]
