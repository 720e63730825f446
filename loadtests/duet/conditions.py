"""What must hold of a duet: `ratio: cpu_us_per_request < 1.05`, for use where a program decides.

The ratio is side a ÷ side b, and its interval decides: the condition is not met where the whole interval lies beyond
the bound. A duet that cannot tell does not blame the change.
"""

import re
from collections.abc import Sequence

import msgspec

from backing.problem import Problem
from loadtests.duet.conclude import METRICS
from loadtests.measurement.result import Summary
from loadtests.measurement.thresholds import OPERATORS
from loadtests.measurement.verdict import Verdict

SUBJECT = "ratio"
EXAMPLE = "'ratio: cpu_us_per_request < 1.05'"
_FORM = re.compile(rf"\s*{SUBJECT}\s*:\s*(?P<metric>[\w.]+)\s*(?P<sign><=|>=|<|>)\s*(?P<bound>\S+)\s*")


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition on the ratio a ÷ b of a metric."""

    metric: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{SUBJECT}: {self.metric} {self.sign} {self.bound:g}"


def is_on_ratio(text: str) -> bool:
    """Tell whether a condition is one on the ratio; any other is one on a cell."""
    return text.partition(":")[0].strip() == SUBJECT


def parse(text: str) -> Condition:
    """Read `ratio: METRIC < NUMBER` (or >, <=, >=); raise `Problem` with what is wrong in it."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise Problem(f"--fail-on {text!r}: write {SUBJECT}: METRIC < NUMBER, such as {EXAMPLE}")
    names = [metric.name for metric in METRICS]
    if form["metric"] not in names:
        raise Problem(f"--fail-on {text!r}: a duet compares no {form['metric']}; use one of {', '.join(names)}")
    return Condition(metric=form["metric"], sign=form["sign"], bound=_bound(text, form["bound"]))


def _bound(text: str, bound: str) -> float:
    try:
        value = float(bound)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise Problem(f"--fail-on {text!r}: {bound} is no ratio; write a number above 0, as in {EXAMPLE}")
    return value


def judge(conditions: Sequence[Condition], summary: Summary) -> list[str]:
    """Return a sentence for each condition that is not met; a ratio without an interval meets none."""
    verdicts = {verdict.metric: verdict for verdict in summary.verdicts}
    found = (_sentence(condition, verdicts.get(condition.metric)) for condition in conditions)
    return [sentence for sentence in found if sentence is not None]


def _sentence(condition: Condition, verdict: Verdict | None) -> str | None:
    if verdict is None or verdict.low is None or verdict.high is None:
        return f"{condition}: not met, because the duet has no interval of {condition.metric}; give it more --seconds"
    # The end that is nearest to meeting it.
    nearest = verdict.low if condition.sign.startswith("<") else verdict.high
    if OPERATORS[condition.sign](nearest, condition.bound):
        return None
    interval = f"between {verdict.low:.3f} and {verdict.high:.3f} (95 %)"
    return f"{condition}: not met, because {verdict.a} ÷ {verdict.b} is {interval}"
