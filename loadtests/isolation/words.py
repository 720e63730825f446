"""Put the levels in words: a table beside the promises, and a sentence for whatever is not as one would think."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from backing.database_url import MARIADB
from loadtests.experiments.words import joined
from loadtests.isolation.measure import Found, Measured
from loadtests.isolation.promises import ANOMALIES, LOST, PHANTOM, PHANTOM_LOCKING

_ENGINES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}
_LEGEND = "not named: SQL:1992 says nothing of it (at READ UNCOMMITTED it lets nobody write at all)"
_ALLOWED = {"possible": "may happen", "not possible": "never", "not named": "not named"}


def title(measured: Measured) -> str:
    """Name an engine as it is set."""
    setting = "" if measured.setting is None else f", {measured.setting}"
    # MariaDB says of itself what it is, and both name the package that they came in.
    version = measured.version.split()[0].partition("-")[0]
    begins = measured.default_level + (f" and {measured.default_setting}" if measured.default_setting else "")
    return f"{_ENGINES[measured.engine]} {version}{setting} (begins with {begins})"


def table(measured: Measured) -> Table:
    """Return the levels as rows: what happened, then what the standard and the manual say."""
    built = Table(title=title(measured), title_justify="left", caption=_LEGEND, caption_justify="left")
    built.add_column("level")
    built.add_column("anomaly")
    built.add_column("measured")
    built.add_column("SQL standard")
    built.add_column("manual")
    for each in measured.found:
        built.add_row(
            each.level if each.anomaly == ANOMALIES[0] else "",
            each.anomaly,
            outcome(each),
            _ALLOWED[each.standard],
            _ALLOWED[each.manual],
            end_section=each.anomaly == ANOMALIES[-1],
        )
    return built


def outcome(found: Found) -> str:
    """Return what happened in a few words."""
    if found.happened:
        return "happens"
    if found.how == "waits":
        return "kept out: one waits"
    return f"kept out: refused with {found.how}" if found.how else "kept out"


def sentences(every: Sequence[Measured]) -> list[str]:
    """Say where an engine is stricter than the standard, where updates are lost, and where a promise did not hold."""
    return [sentence for measured in every for sentence in _said(measured)]


def _said(measured: Measured) -> Iterator[str]:
    name = title(measured).partition(" (")[0]
    stricter = [each for each in measured.found if each.standard == "possible" and not each.happened]
    if stricter:
        told = [f"{each.anomaly} at {each.level}" for each in stricter]
        yield f"{name} keeps out what the standard allows: {joined(told)}."
    unlike = [level for level in _happened(measured, PHANTOM_LOCKING) if level not in _happened(measured, PHANTOM)]
    if unlike:
        yield f"{name} shows a locking read what a plain one in its place would not see, at {joined(unlike)}."
    if lost := _happened(measured, LOST):
        yield f"{name} loses an update, and tells both writers that it is done, at {joined(lost)}."
    refused = [each for each in measured.found if each.anomaly == LOST and each.how not in {"", "waits"}]
    if refused:
        told = [f"{each.how} at {each.level}" for each in refused]
        yield f"{name} refuses one of two updates, which has to be tried again: {joined(told)}."
    for each in broken(measured):
        yield f"{name}: {each.anomaly} at {each.level} {outcome(each)}, and the manual says: {_ALLOWED[each.manual]}."
    if measured.engine == MARIADB and measured.setting is None:
        yield f"{name} has no innodb_snapshot_isolation: it cannot refuse what was changed after a snapshot was taken."


def _happened(measured: Measured, anomaly: str) -> list[str]:
    """Return the levels at which an anomaly happened."""
    return [each.level for each in measured.found if each.anomaly == anomaly and each.happened]


def broken(measured: Measured) -> list[Found]:
    """Return what happened though the manual, or the standard, says that it never does."""
    return [each for each in measured.found if each.happened and "not possible" in {each.manual, each.standard}]
