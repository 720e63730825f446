"""Answer with a file of a folder."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from contract.errors import Refused


@cache
def _files(folder: str) -> StaticFiles:
    return StaticFiles(directory=Path(__file__).with_name(folder))


def served(request: Request, folder: str, name: str) -> Response:
    """Return the file of this name in a folder of the app, or refuse the request where there is none."""
    path, found = _files(folder).lookup_path(name)
    if found is None:
        raise Refused(404)
    return _files(folder).file_response(path, found, request.scope)
