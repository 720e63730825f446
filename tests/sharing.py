"""How processes share the tests: what uses the same servers goes to one of them."""

import re

from xdist.scheduler.loadscope import LoadScopeScheduling

# All tests of the containers use one project of Compose.
_TOGETHER = re.compile(r"(.*tests/compose)/")
# The servers of a stack and an engine, and each mutation, are started for themselves; each guide has a copy of its own.
_LANES = r"(.*test_lanes\.py)::.*\[((?:current|vintage)(?:-(?:postgresql|mariadb))?)"
_APART = re.compile(rf"{_LANES}|(.*test_(?:mutations|following)\.py::.*)")


class ByServers(LoadScopeScheduling):
    """Send the tests of a file to one process, except where a part of them shares nothing with the rest."""

    def _split_scope(self, nodeid: str) -> str:
        if together := _TOGETHER.match(nodeid):
            return together[1]
        apart = _APART.match(nodeid)
        return " ".join(filter(None, apart.groups())) if apart else nodeid.split("::", 1)[0]
