"""Say in words what a search found, and no more."""

from collections.abc import Sequence

from loadtests.capacity import slo
from loadtests.capacity.result import Capacity, Step
from loadtests.report.numbers import number

# The first ones are the promises; what else went wrong follows from them, and is in the steps.
_REASONS = 2


def line(step: Step) -> str:
    """Return a step in one line."""
    verdict = "holds" if step.holds else f"breaks: {'; '.join(step.broke)}"
    return f"{step.purpose}: {number(step.rate_per_s)}/s for {step.seconds:.1f} s: {_figures(step)}: {verdict}"


def _figures(step: Step) -> str:
    return ", ".join(f"{name} {slo.shown(name, value)}" for name, value in step.figures.items())


def stopped_by(breaks: Step | None) -> str:
    """Return what broke at the next rate, with its figures; a server that ended ended the search."""
    if breaks is None:
        return "no rate broke: the highest that can be asked for was reached"
    over = ", and with it the search" if breaks.server_ended else ""
    return f"at {number(breaks.rate_per_s)}/s {'; '.join(breaks.broke[:_REASONS])}{over}"


def sentence(capacity: Capacity, holds: Step | None) -> str:
    """Return the result in words."""
    who = f"{capacity.lane} under {capacity.scenario}"
    if holds is None:
        return f"{who} holds no rate that was tried: {capacity.stopped_by}."
    least = "at least " if capacity.at_least or capacity.partial else ""
    how = (
        f"confirmed over {holds.seconds:.0f} s with {number(holds.requests)} requests"
        if capacity.confirmed
        else f"seen for {holds.seconds:.1f} s and not confirmed over a longer window"
    )
    held = f"{who} holds {least}{number(holds.rate_per_s)} requests/s ({_figures(holds)}), {how}."
    held += _failed(capacity, holds)
    if capacity.partial:
        return f"{held} {capacity.stopped_by[:1].upper()}{capacity.stopped_by[1:]}."
    return f"{held} It stops there because {capacity.stopped_by}. {_limiter(capacity)}"


def _failed(capacity: Capacity, holds: Step) -> str:
    """Name every window that broke at the rate found or below it, and every longer one that broke above."""
    broken = [step for step in capacity.steps if not step.holds]
    below = [step for step in broken if step.rate_per_s <= holds.rate_per_s]
    longer = [step for step in broken if step.rate_per_s > holds.rate_per_s and step.purpose == "confirmation"]
    found = f" Of the windows at this rate or below, these broke: {_named(below)}." if below else ""
    return found + (f" Over the longer window it did not hold: {_named(longer)}." if longer else "")


def _named(steps: Sequence[Step]) -> str:
    return "; ".join(f"at {number(step.rate_per_s)}/s ({', '.join(step.broke[:_REASONS])})" for step in steps)


def _limiter(capacity: Capacity) -> str:
    if capacity.limiter is None:
        return "What ran out is not known: no ceiling is close to what was served there."
    return f"What ran out: {capacity.limiter}" + (f" ({capacity.ceiling})." if capacity.ceiling else ".")
