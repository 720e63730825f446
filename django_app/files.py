"""Answer with a file of a folder."""

from contextlib import closing
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.static import serve

from contract.errors import Refused


def served(request: HttpRequest, folder: str, name: str) -> HttpResponse:
    """Return the file of this name in a folder of the app, or refuse the request where there is none."""
    try:
        found = serve(request, name, document_root=Path(__file__).with_name(folder))
    except Http404:
        raise Refused(404) from None
    if not found.streaming:
        return found
    # What streams cannot be emptied for HEAD, nor sent by a loop without a thread.
    with closing(found):
        whole = HttpResponse(found.getvalue(), headers=dict(found.items()))
    whole["Content-Type"] = f"{found['Content-Type']}; charset=utf-8"
    return whole
