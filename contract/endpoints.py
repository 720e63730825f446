"""The endpoints, one row each: the suite, the load scenarios, the reader and the docs are all driven by this table.

An endpoint's `name` is the name of its handler in every app (`hello` under `/sync`, `hello_async` under `/async`) and
`topic` is the module that holds it, so a handler's twin is found without searching.
"""

from contract.endpoint import STYLES, Endpoint
from contract.rows import admin, articles, context, orm, outward, pages, people, plain, status, writing

__all__ = ["BY_NAME", "ENDPOINTS", "STYLES", "Endpoint"]

ENDPOINTS: tuple[Endpoint, ...] = (
    *plain.ROWS,
    *context.ROWS,
    *articles.ROWS,
    *orm.ROWS,
    *outward.ROWS,
    *pages.ROWS,
    *people.ROWS,
    *admin.ROWS,
    *writing.ROWS,
    *status.ROWS,
)

BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}
