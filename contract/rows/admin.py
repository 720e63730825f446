"""Endpoints of the second site: what lies under a prefix, and under a host of its own."""

from contract.endpoint import Endpoint
from contract.rows.pages import FILE

PREFIX = "/admin"
# Under every host that begins so, the root is the page that has the prefix elsewhere.
HOST = "admin."
GUARDED = "Only the administrator may see this."

ROWS: tuple[Endpoint, ...] = (
    Endpoint(
        "admin",
        "GET",
        PREFIX,
        "admin",
        "List what the site answers, for the administrator.",
        styled=False,
        own_section=True,
    ),
    Endpoint(
        "admin_static",
        "GET",
        f"{PREFIX}/static/{{file}}",
        "admin",
        "Serve a file of the second site.",
        (FILE,),
        styled=False,
        own_section=True,
    ),
)
