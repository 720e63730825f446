"""What is said of one word of a framework."""

import msgspec


class Term(msgspec.Struct, frozen=True):
    """A word of a framework: `words` are how it stands in code, `links` are addresses by whose they are.

    Beside one of the words in `unless` it means something else, and words in `routed` mean it in the lines of routes
    alone.
    """

    name: str
    words: tuple[str, ...]
    says: str
    links: dict[str, str]
    unless: tuple[str, ...] = ()
    routed: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Return the name under which a page has it."""
        return f"term-{self.words[0].strip('@').lower().replace('_', '-')}"
