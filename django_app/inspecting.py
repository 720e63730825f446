"""Say what a handler sees of a request, its form and its files included, and leave a header and a cookie."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse

from backing.uploads import Upload, keep, together
from contract.bodies import File, Seen
from contract.errors import Refused
from contract.inspecting import COOKIE, HEADER, SHOWN
from contract.rows.pages import REDIRECT
from django_app.answers import json, redirect
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py.


def request_show(request: HttpRequest) -> HttpResponse:
    """Say what is seen of a request that carries nothing."""
    path = query(request, REDIRECT)
    return _answered(path, _seen(request, {}, []))


async def request_show_async(request: HttpRequest) -> HttpResponse:
    """Say what is seen of a request that carries nothing."""
    path = query(request, REDIRECT)
    return _answered(path, _seen(request, {}, []))


def request_send(request: HttpRequest) -> HttpResponse:
    """Say what is seen of a request that carries a form; its files are stored and removed."""
    path = query(request, REDIRECT)
    form, uploads = _posted(request)
    return _answered(path, _seen(request, form, keep(uploads)))


async def request_send_async(request: HttpRequest) -> HttpResponse:
    """Say what is seen of a request that carries a form; its files are stored and removed."""
    path = query(request, REDIRECT)
    form, uploads = _posted(request)
    files = await sync_to_async(keep, thread_sensitive=False)(uploads) if uploads else []
    return _answered(path, _seen(request, form, files))


def _posted(request: HttpRequest) -> tuple[dict[str, list[str]], list[Upload]]:
    form = dict(request.POST.lists())
    uploads = [(field, file.name, file) for field, group in request.FILES.lists() for file in group]
    return form, uploads


def _seen(request: HttpRequest, form: dict[str, list[str]], files: list[File]) -> Seen:
    if not request.META.get("QUERY_STRING", "").isascii():
        raise Refused(400)
    arguments = dict(request.GET.lists())
    return Seen(
        method=request.method,
        path=request.path,
        full_path=request.get_full_path(),
        url=request.build_absolute_uri(),
        base_url=request.build_absolute_uri(request.path),
        host=request.get_host(),
        arguments=arguments,
        form=form,
        values=together(arguments, form),
        cookies=request.COOKIES,
        headers={name: request.headers.get(name) or None for name in SHOWN},
        files=files,
    )


def _answered(path: str, seen: Seen) -> HttpResponse:
    response = redirect(path) if path else json(seen)
    response[HEADER[0]] = HEADER[1]
    response.set_cookie(*COOKIE, httponly=True, samesite="Lax")
    return response
