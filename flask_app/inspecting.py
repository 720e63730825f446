"""Say what a handler sees of a request, its form and its files included, and leave a header and a cookie."""

from flask import Blueprint, Response, request
from werkzeug.urls import iri_to_uri

from backing.uploads import Upload, keep
from contract.bodies import File, Seen
from contract.errors import Refused
from contract.inspecting import COOKIE, HEADER, SHOWN
from contract.rows.pages import REDIRECT
from flask_app.answers import json, redirect
from flask_app.parameters import query

routes = Blueprint("inspecting", __name__)


@routes.get("/sync/request")
def request_show() -> Response:
    """Say what is seen of a request that carries nothing."""
    path = query(REDIRECT)
    return _answered(path, _seen({}, []))


@routes.get("/async/request")
async def request_show_async() -> Response:
    """Say what is seen of a request that carries nothing."""
    path = query(REDIRECT)
    return _answered(path, _seen({}, []))


@routes.post("/sync/request")
def request_send() -> Response:
    """Say what is seen of a request that carries a form; its files are stored and removed."""
    path = query(REDIRECT)
    form, uploads = _posted()
    return _answered(path, _seen(form, keep(uploads)))


@routes.post("/async/request")
async def request_send_async() -> Response:
    """Say what is seen of a request that carries a form; its files are stored and removed."""
    path = query(REDIRECT)
    form, uploads = _posted()
    return _answered(path, _seen(form, keep(uploads)))


def _posted() -> tuple[dict[str, list[str]], list[Upload]]:
    form = dict(request.form.lists())
    files = [(field, file) for field, group in request.files.lists() for file in group]
    uploads = [(field, file.filename, file.stream) for field, file in files if file.filename]
    return form, uploads


def _seen(form: dict[str, list[str]], files: list[File]) -> Seen:
    return Seen(
        method=request.method,
        path=request.path,
        full_path=_full_path(),
        url=iri_to_uri(request.url),
        base_url=iri_to_uri(request.base_url),
        host=request.host,
        arguments=dict(request.args.lists()),
        form=form,
        values=dict(request.values.lists()),
        cookies=request.cookies.to_dict(),
        headers={name: request.headers.get(name) for name in SHOWN},
        files=files,
    )


def _full_path() -> str:
    if not request.query_string.isascii():
        raise Refused(400)
    # Flask ends a path without a query in a question mark.
    return request.full_path if request.query_string else request.path


def _answered(path: str, seen: Seen) -> Response:
    response = redirect(path) if path else json(seen)
    response.headers[HEADER[0]] = HEADER[1]
    response.set_cookie(*COOKIE, httponly=True, samesite="Lax")
    return response
