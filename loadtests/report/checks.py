"""What each check of a cell found, in a few words: the whole reason stands beside the cell with what to do."""

from loadtests.measurement.result import Cell

_WORDS = {
    "audit": "its writes do not add up",
    "behind": "the queue grew to the end",
    "body": "it answers otherwise than the contract",
    "counts": "client and server counted unlike",
    "dropped": "arrivals were dropped",
    "errors": "requests failed",
    "generator": "limited by the generator",
    "idle": "rounds without an answer",
    "little": "Little's law does not hold",
    "login": "nobody could log in",
    "order": "its response times contradict each other",
    "outlasting": "requests outlasted the slice",
    "requests": "no request was completed",
    "server": "its server failed",
    "slices": "too few slices count",
    "steady": "not steady",
    "steal": "others had its cores",
    "workers": "its workers ended",
}


# What the server did wrong explains what the load looked like: answers that fail leave rounds without one.
_FOREMOST = ("server", "workers", "body", "audit", "login", "errors")
_WRONG = "wrong_body"


def briefly(cell: Cell) -> str:
    """Return why a cell is not valid in a few words: what its server did wrong, or else the first reason."""
    if not cell.reasons:
        return "no reason was given"
    given = [reason.check for reason in cell.reasons]
    check = next((each for each in _FOREMOST if each in given), given[0])
    if check == "errors" and max(cell.errors, key=cell.errors.__getitem__, default="") == _WRONG:
        return "its answers were wrong"
    return _WORDS.get(check, check.replace("_", " "))
