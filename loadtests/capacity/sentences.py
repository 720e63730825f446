"""Say in words what a search found, and no more."""

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
    """Return what broke at the next rate, with its figures."""
    if breaks is None:
        return "no rate broke: the highest that can be asked for was reached"
    return f"at {number(breaks.rate_per_s)}/s {'; '.join(breaks.broke[:_REASONS])}"


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
    if capacity.partial:
        return f"{held} {capacity.stopped_by[:1].upper()}{capacity.stopped_by[1:]}."
    return f"{held} It stops there because {capacity.stopped_by}. {_limiter(capacity)}"


def _limiter(capacity: Capacity) -> str:
    if capacity.limiter is None:
        return "What ran out is not known: no ceiling is close to what was served there."
    return f"What ran out: {capacity.limiter}" + (f" ({capacity.ceiling})." if capacity.ceiling else ".")
