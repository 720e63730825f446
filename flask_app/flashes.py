"""Messages for the next request: left in the session, read once, then gone."""

from typing import Any

from flask import Blueprint, Response, flash, get_flashed_messages

from contract.bodies import Flash, Flashed
from contract.rows.people import CATEGORY, SHOWN
from contract.sessions import message_of
from flask_app.answers import json
from flask_app.parameters import query

routes = Blueprint("flashes", __name__)


def leave(category: str) -> Flashed:
    """Leave a message of this category, and return it."""
    message = message_of(category)
    flash(message, category)
    return Flashed([Flash(category, message)])


def taken(shown: str) -> Flashed:
    """Return the messages of a category, or all; those of the others are gone as well."""
    found: list[Any] = get_flashed_messages(with_categories=True)
    return Flashed([Flash(category, message) for category, message in found if shown in {category, "all"}])


@routes.post("/sync/flash")
def flash_leave() -> Response:
    """Leave a message for the next request."""
    return json(leave(query(CATEGORY)))


@routes.post("/async/flash")
async def flash_leave_async() -> Response:
    """Leave a message for the next request."""
    return json(leave(query(CATEGORY)))


@routes.get("/sync/flash")
def flash_read() -> Response:
    """Read the messages that were left, and leave none."""
    return json(taken(query(SHOWN)))


@routes.get("/async/flash")
async def flash_read_async() -> Response:
    """Read the messages that were left, and leave none."""
    return json(taken(query(SHOWN)))
