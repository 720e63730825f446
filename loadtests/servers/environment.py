"""The environment of a server process: as little of ours as it needs, so that no shell changes a figure."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from backing.services import Services
from loadtests.servers.setup import Setup
from loadtests.servers.stacks import ROOT

# What programs need to find things. PYTHON* variables are left out: PYTHONDONTWRITEBYTECODE would slow every start, and
# PYTHONDEVMODE, PYTHONASYNCIODEBUG or PYTHONMALLOC every request.
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")

_LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Whatever they are set to, a server gets its own.
_REPLACED = ("TRILANE_LANE", "TRILANE_THREADS", "TRILANE_COUNTERS", "TRILANE_SECRET_KEY", "TRILANE_SECRET_KEY_FILE")
_PASSWORD = re.compile(r"(//[^:/@]*:).*(?=@)|(password=)(?:'[^']*'|[^&\s]*)", re.IGNORECASE)


def environment_of(setup: Setup, services: Services, counters: Path, checkout: Path = ROOT) -> dict[str, str]:
    """Return the whole environment of a server, the `TRILANE_*` that a person set included.

    What the setup asks for comes before what the person set.
    """
    # An existing database may need a password file or certificates that libpq's own variables name.
    ours = "TRILANE_" if "postgres" in services.processes else ("TRILANE_", "PG")
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **{name: value for name, value in os.environ.items() if name.startswith(ours)},
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(checkout),
        "TRILANE_DATABASE_URL": services.database_url,
        "TRILANE_VALKEY_URL": services.valkey_url,
        "TRILANE_UPSTREAM_URL": services.upstream_url,
        "TRILANE_SECRET_KEY": services.secret_key,
        "TRILANE_SECRET_KEY_FILE": "",
        "TRILANE_SESSION_STORE": services.session_store,
        "TRILANE_LANE": setup.name,
        "TRILANE_THREADS": str(setup.pool_threads),
        "TRILANE_COUNTERS": str(counters),
        **({"TRILANE_POOL_SIZE": str(setup.pool_size)} if setup.pool_size is not None else {}),
    }


def set_by_hand(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return those of a person's variables that change what a server does, without any password in them."""
    ours = ("TRILANE_", "PG") if "TRILANE_DATABASE_URL" in environment else ("TRILANE_",)
    return {
        name: _PASSWORD.sub(r"\1\2***", value)
        for name, value in sorted(environment.items())
        if (name.startswith(ours) or name in _LOADER) and name not in (*_REPLACED, "PGPASSWORD")
    }
