"""Which of the frameworks' words stand in some code."""

from collections.abc import Iterable

from loadtests.reader.blocks import Block
from loadtests.reader.glossary import GLOSSARY, Term

__all__ = ["BY_WORD", "Term", "terms_in"]

BY_WORD = {word: term for term in GLOSSARY for word in term.words}


def terms_in(blocks: Iterable[Block]) -> list[Term]:
    """Return the words of the frameworks that the code has, in the glossary's order."""
    every = [_words(block) for block in blocks]
    return [term for term in GLOSSARY if any(words & {*term.words} and not words & {*term.unless} for words in every)]


def _words(block: Block) -> set[str]:
    return {text for row in block.rows for unit in row.units if unit for text in unit.texts}
