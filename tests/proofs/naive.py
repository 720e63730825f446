"""What the naive versions of hooks, sessions and forms do under load, beside what the site has in their place."""

from collections.abc import Iterator
from pathlib import Path

from tests.proofs.naively import forms, hooks, sessions
from tests.proofs.naively.stage import stage
from tests.proofs.writing import judge


def prove(out: Path) -> None:
    """Load copies of the site with one naive piece each, and the site, and write down what came of it."""
    played, done = hooks.play(), hooks.wait()
    with stage() as up:
        known, suffered = sessions.measure(up), forms.measure(up)
    found = [*_about(), *hooks.lines(played, done), *sessions.lines(known), *forms.lines(suffered)]
    criteria = {**hooks.criteria(played, done), **sessions.criteria(known), **forms.criteria(suffered)}
    judge(out, "naive", "Naive hooks, sessions and forms under load", found, criteria)


def _about() -> Iterator[str]:
    yield "The topics [hooks](../topics/hooks.md), [sessions](../topics/sessions.md) and [forms](../topics/forms.md) go"
    yield "from what one writes first to what holds. Here each is loaded: a copy of the site in which one piece is"
    yield "replaced by its naive version (`tests/proofs/naively/`), and the site as it is. A duet or a comparison that"
    yield f"other programs have spoilt is made again, {hooks.TRIES} times at most in all."
    yield ""


if __name__ == "__main__":
    prove(Path("docs/proofs"))
