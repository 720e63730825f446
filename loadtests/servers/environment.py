"""The environment of a server process: as little of ours as it needs, so that no shell changes a figure."""

import os
from pathlib import Path

from backing.services import Services
from loadtests.servers.lanes import THREADS, Lane
from loadtests.servers.stacks import ROOT

# What programs need to find things. PYTHON* variables are left out: PYTHONDONTWRITEBYTECODE would slow every start, and
# PYTHONDEVMODE, PYTHONASYNCIODEBUG or PYTHONMALLOC every request.
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")


def environment_of(lane: Lane, services: Services, counters: Path) -> dict[str, str]:
    """Return the whole environment of a lane's server, the `TRILANE_*` that a person set included."""
    # An existing database may need a password file or certificates that libpq's own variables name.
    ours = "TRILANE_" if "postgres" in services.processes else ("TRILANE_", "PG")
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **{name: value for name, value in os.environ.items() if name.startswith(ours)},
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(ROOT),
        "TRILANE_DATABASE_URL": services.database_url,
        "TRILANE_VALKEY_URL": services.valkey_url,
        "TRILANE_LANE": lane.name,
        "TRILANE_THREADS": str(THREADS),
        "TRILANE_COUNTERS": str(counters),
    }
