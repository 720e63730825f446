"""What is said in the web UI of a test that is not valid: it has no rounds, and no options of `trilane compare`."""

import msgspec

from loadtests.measurement.result import Reason

_LOG = "the lane's log (the folder of logs is printed where the UI was started)"
_LOWER = "choose a lower rate, or more users: they are how many may be in flight"
_REASONS = {"idle": "it served nothing while all users were there"}
_REMEDIES = {
    "requests": f"let the test go on for longer, with fewer users; see {_LOG}",
    "idle": f"let the test go on for longer, with fewer users; see {_LOG}",
    "slices": f"start the test again; see {_LOG}",
    "outlasting": f"let the test go on for longer, or see in {_LOG} why some requests wait",
    "dropped": _LOWER,
    "behind": "choose a lower rate: this one is more than the lane can serve",
    "steady": f"the load had not settled: let the test go on for longer, and see {_LOG}",
    "little": "the load was not steady: let the test go on for longer, and see whether some requests are served at the "
    "cost of others",
    "counts": "something else answers or calls this server: let nothing but this UI reach it, and choose fewer users",
    "generator": "choose fewer users or a lower rate, or start the UI with --workers: CPU per request holds all the "
    "same",
    "errors": f"see {_LOG}, and choose fewer users",
}


def as_here(reason: Reason) -> Reason:
    """Return a reason in the words of a test, with a remedy that there is here; its own where those are."""
    return msgspec.structs.replace(
        reason,
        reason=_REASONS.get(reason.check, reason.reason),
        remedy=_REMEDIES.get(reason.check, reason.remedy),
    )
