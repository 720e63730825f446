"""A lane that gets slower or quicker from round to round, unlike the lanes beside it, has no one figure to show."""

from collections.abc import Sequence

from loadtests.measurement.per_round import values
from loadtests.measurement.record import Record
from loadtests.measurement.result import Reason
from loadtests.measurement.steadiness import creep


def creeping(own: Sequence[Record], others: Sequence[Sequence[Record]]) -> list[Reason]:
    """Return why a cell's rounds are not alike; `others` are the slices of the cells beside it."""
    rounds = max((record.round for record in own), default=0)
    share = creep(values(own, rounds, "qps"), [values(each, rounds, "qps") for each in others])
    if share is None:
        return []
    return [
        Reason(
            check="steady",
            reason=f"from the first third of its {rounds} rounds to the last its QPS changed by {share:+.0%}, "
            "beside the other lanes",
            remedy="it slows down or warms up as it works: see its log and its memory, and run it again for longer",
        )
    ]
