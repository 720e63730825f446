"""The parameters of the endpoints: their bounds, defaults and the sentence that states each rule.

Every parameter has bounds, so that no request can ask for unbounded work; the sentence is the same in all apps.
Where a query names a parameter more than once, the last one counts. `default` is None where a caller has to send it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

LONGEST_NUMBER = 20
LONGEST_PATH = 200


@dataclass(frozen=True)
class Readable(ABC, Generic[Value]):
    """What all parameters have: a name, a default, a rule, and a text that is read by it."""

    name: str
    default: Any

    @property
    @abstractmethod
    def rule(self) -> str:
        """Say what a caller has to send."""

    @abstractmethod
    def parse(self, text: str) -> Value:
        """Return what `text` spells; raise `ValueError` with the rule."""

    def read(self, text: str | None) -> Value:
        """Return what `text` spells, or the default where there is none; raise `ValueError` with the rule."""
        if text is not None:
            return self.parse(text)
        if self.default is None:
            raise ValueError(self.rule)
        return self.default  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Integer(Readable[int]):
    """A whole number in decimal digits, from `low` to `high`."""

    low: int
    high: int

    @property
    def rule(self) -> str:
        """Say what a caller has to send."""
        return f"{self.name} must be a whole number from {self.low} to {self.high}"

    def parse(self, text: str) -> int:
        """Return the number that `text` spells; raise `ValueError` with the rule."""
        digits = text.removeprefix("-")
        if len(digits) > LONGEST_NUMBER or not (digits.isascii() and digits.isdigit()):
            raise ValueError(self.rule)
        if not self.low <= (number := int(text)) <= self.high:
            raise ValueError(self.rule)
        return number


@dataclass(frozen=True)
class Choice(Readable[str]):
    """One of a few words."""

    choices: tuple[str, ...]

    @property
    def rule(self) -> str:
        """Say what a caller has to send."""
        return f"{self.name} must be one of {', '.join(self.choices)}"

    def parse(self, text: str) -> str:
        """Return `text` when it is one of the words; raise `ValueError` with the rule."""
        if text not in self.choices:
            raise ValueError(self.rule)
        return text


@dataclass(frozen=True)
class Token(Readable[str]):
    """One to 64 ASCII letters, digits and hyphens."""

    @property
    def rule(self) -> str:
        """Say what a caller has to send."""
        return f"{self.name} must be 1 to 64 ASCII letters, digits and hyphens"

    def parse(self, text: str) -> str:
        """Return `text` when it is a token; raise `ValueError` with the rule."""
        if not is_token(text):
            raise ValueError(self.rule)
        return text


@dataclass(frozen=True)
class FileName(Readable[str]):
    """The name of a file in one folder: 1 to 64 ASCII letters, digits, hyphens, underscores and dots, no dot first."""

    @property
    def rule(self) -> str:
        """Say what a caller has to send."""
        return f"{self.name} must be 1 to 64 ASCII letters, digits, hyphens, underscores and dots, no dot first"

    def parse(self, text: str) -> str:
        """Return `text` when it is such a name; raise `ValueError` with the rule."""
        if text.startswith(".") or not is_token(text.replace("_", "a").replace(".", "a")):
            raise ValueError(self.rule)
        return text


@dataclass(frozen=True)
class LocalPath(Readable[str]):
    """A path of this site: a slash, then at most 199 printable ASCII characters of which no browser makes a host."""

    @property
    def rule(self) -> str:
        """Say what a caller has to send."""
        return f"{self.name} must be a path of this site: one slash, then at most 199 visible ASCII characters"

    def parse(self, text: str) -> str:
        """Return `text` when it is such a path; raise `ValueError` with the rule."""
        visible = text.isascii() and text.isprintable() and " " not in text
        # A browser takes `//host` and `/\host` for another site.
        if len(text) > LONGEST_PATH or not visible or text[:1] != "/" or text[1:2] in {"/", "\\"}:
            raise ValueError(self.rule)
        return text


Parameter = Integer | Choice | Token | FileName | LocalPath


def is_token(text: str) -> bool:
    """Tell whether `text` may serve as a request id or an echoed token."""
    return 0 < len(text) <= 64 and text.isascii() and text.replace("-", "a").isalnum()  # noqa: PLR2004 - the contract's bound
