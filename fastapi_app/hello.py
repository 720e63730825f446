"""Do nothing: the floor of framework and server."""

from starlette.responses import Response

from contract.bodies import Hello
from fastapi_app.answers import json
from fastapi_app.routing import router

routes = router()


@routes.get("/sync/hello")
def hello() -> Response:
    """Greet."""
    return json(Hello())


@routes.get("/async/hello")
async def hello_async() -> Response:
    """Greet."""
    return json(Hello())
