"""Say what a handler sees of a request, its form and its files included, and leave a header and a cookie."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from backing.uploads import Upload, keep, together
from contract.bodies import File, Seen
from contract.errors import Refused
from contract.inspecting import COOKIE, HEADER, SHOWN
from contract.rows.pages import REDIRECT
from fastapi_app.answers import json, redirect
from fastapi_app.parameters import Form, Redirect
from fastapi_app.routing import router

routes = router()


@routes.get("/sync/request")
def request_show(request: Request, path: Redirect = REDIRECT.default) -> Response:
    """Say what is seen of a request that carries nothing."""
    return _answered(path, _seen(request, {}, []))


@routes.get("/async/request")
async def request_show_async(request: Request, path: Redirect = REDIRECT.default) -> Response:
    """Say what is seen of a request that carries nothing."""
    return _answered(path, _seen(request, {}, []))


@routes.post("/sync/request")
def request_send(request: Request, posted: Form, path: Redirect = REDIRECT.default) -> Response:
    """Say what is seen of a request that carries a form; its files are stored and removed."""
    form, uploads = _posted(posted)
    return _answered(path, _seen(request, form, keep(uploads)))


@routes.post("/async/request")
async def request_send_async(request: Request, posted: Form, path: Redirect = REDIRECT.default) -> Response:
    """Say what is seen of a request that carries a form; its files are stored and removed."""
    form, uploads = _posted(posted)
    return _answered(path, _seen(request, form, await run_in_threadpool(keep, uploads) if uploads else []))


def _posted(posted: FormData) -> tuple[dict[str, list[str]], list[Upload]]:
    form: dict[str, list[str]] = {}
    uploads: list[Upload] = []
    for field, value in posted.multi_items():
        if isinstance(value, str):
            form.setdefault(field, []).append(value)
        elif value.filename:
            uploads.append((field, value.filename, value.file))
    return form, uploads


def _seen(request: Request, form: dict[str, list[str]], files: list[File]) -> Seen:
    if not request.scope["query_string"].isascii():
        raise Refused(400)
    url = request.url
    arguments = {name: request.query_params.getlist(name) for name in request.query_params}
    return Seen(
        method=request.method,
        path=url.path,
        full_path=f"{url.path}?{url.query}" if url.query else url.path,
        url=str(url),
        base_url=str(url.replace(query="")),
        host=url.netloc,
        arguments=arguments,
        form=form,
        values=together(arguments, form),
        cookies=request.cookies,
        headers={name: request.headers.get(name) for name in SHOWN},
        files=files,
    )


def _answered(path: str, seen: Seen) -> Response:
    response = redirect(path) if path else json(seen)
    response.headers[HEADER[0]] = HEADER[1]
    response.set_cookie(*COOKIE, httponly=True, samesite="lax")
    return response
