"""Count every page that is shown, by a receiver of the signal that tells of it."""

from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from backing import visits as counted
from backing.visits import Visit, visitor_of
from contract.visits import COOKIE, LIFETIME_S
from django_app.answers import json
from django_app.templating import Page, template_rendered

# DIFFERS: Django lists its URLs in app.py, and has a receiver for each kind of handler.


def visits(_: HttpRequest) -> HttpResponse:
    """Say how many pages were shown, to how many visitors, at how many addresses."""
    return json(counted.totals())


@receiver(template_rendered, sender=Page.tell)
def count(page: Page, **_: object) -> None:
    """Count a page, and let its visitor be known again."""
    counted.count(_visit(page))


@receiver(template_rendered, sender=Page.tell_async)
async def count_async(page: Page, **_: object) -> None:
    """Count a page, and let its visitor be known again."""
    await counted.count_async(_visit(page))


def _visit(page: Page) -> Visit:
    known = page.request.COOKIES.get(COOKIE)
    visitor = visitor_of(known)
    if visitor != known:
        page.set_cookie(COOKIE, visitor, LIFETIME_S, httponly=True, samesite="Lax")
    return Visit(page.template, visitor, page.request.META.get("REMOTE_ADDR", ""))
