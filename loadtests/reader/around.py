"""What belongs to a handler besides itself: its routes, and what it uses or is wrapped in, in the same file."""

from collections.abc import Sequence

from loadtests.reader.apps import HANDLERS, file_of
from loadtests.reader.pieces import Piece, pieces, statements
from loadtests.reader.source import Source

# Names of types, which say nothing of what a handler does.
_TYPES = {"TypeVar", "ParamSpec"}
# Where Django lists its routes.
_ROUTES = "app"


def routes(source: Source, app: str, topic: str, handler: str) -> list[Piece]:
    """Return the lines, besides decorators, by which requests find a handler, in its file or in the list of all."""
    own, listed = file_of(app, topic), file_of(app, _ROUTES)
    names = {handler, *wrappers(pieces(own, source.text(own) or ""), topic, handler)}
    found = [piece for piece in statements(own, source.text(own) or "") if piece.uses & names]
    every = statements(listed, source.text(listed) or "")
    return found + [piece for piece in every if piece.uses & {f"{topic}.{name}" for name in names}]


def wrappers(known: dict[str, Piece], topic: str, handler: str) -> list[str]:
    """Return the names of a file whose definitions use the handler, or what uses it; other handlers do not count."""
    found = [handler]
    for name in found:
        found += [
            each.name
            for each in known.values()
            if name in each.uses and each.name not in found and (topic, each.name) not in HANDLERS
        ]
    return found[1:]


def neighbours(source: Source, app: str, topic: str, handlers: Sequence[str]) -> list[str]:
    """Return the names of a file to which its handlers lead, in its order: what they use, and what wraps them."""
    own = file_of(app, topic)
    known = pieces(own, source.text(own) or "")
    there = [handler for handler in handlers if handler in known]
    reached = [*there, *(name for handler in there for name in wrappers(known, topic, handler))]
    for name in reached:
        reached += [each for each in _next(known, name) if each not in reached and (topic, each) not in HANDLERS]
    return [name for name in known if name in reached and name not in {*handlers, "urlpatterns"}]


def _next(known: dict[str, Piece], name: str) -> list[str]:
    """Return what a piece uses, and who listens to what it uses."""
    uses = known[name].uses
    used = [each.name for each in known.values() if each.name in uses and not each.uses & _TYPES]
    return used + [each.name for each in known.values() if _listens(each, uses)]


def _listens(piece: Piece, signals: frozenset[str]) -> bool:
    """Tell whether a piece is connected to one of the names: by `@name.connect`, or by `@receiver(name)`."""
    by_itself = {name.removesuffix(".connect") for name in piece.decorators if name.endswith(".connect")}
    return bool((by_itself or (piece.decorators if "receiver" in piece.decorators else set())) & signals)
