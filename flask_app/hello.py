"""Do nothing: the floor of framework and server."""

from flask import Blueprint, Response

from contract.bodies import Hello
from flask_app.answers import json

routes = Blueprint("hello", __name__)


@routes.get("/sync/hello")
def hello() -> Response:
    """Greet."""
    return json(Hello())


@routes.get("/async/hello")
async def hello_async() -> Response:
    """Greet."""
    return json(Hello())
