"""What templates use besides their values: a global and a filter of the site's own."""

from asyncio import iscoroutine
from datetime import datetime
from typing import Any

from django import template
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

register = template.Library()

# DIFFERS: Django has no signals for templates; the site sends two, under Flask's names.
before_render_template = Signal()
template_rendered = Signal()


@register.simple_tag
def site_name() -> str:
    """Name the site."""
    return "Trilane"


@register.filter
def day(moment: datetime) -> str:
    """Write a moment's day as people do: `2 January 2019`."""
    return f"{moment.day} {moment:%B %Y}"


class Page(HttpResponse):
    """A page that tells the site's signals of itself: when it is made, and when its request is known."""

    def __init__(self, name: str, status: int, context: dict[str, object]) -> None:
        self.template = name
        self.request: HttpRequest = None
        # What Django calls, once a middleware has handed over the request, where a response may be rendered late.
        self.render: Any = self.tell
        before_render_template.send(Page, template=name, context=context)
        super().__init__(render_to_string(name, context), status=status)

    def tell(self) -> "Page":
        """Let the receivers see the page."""
        template_rendered.send(Page.tell, page=self)
        return self

    async def tell_async(self) -> "Page":
        """Let the receivers see the page."""
        if hasattr(Signal, "asend"):
            await template_rendered.asend(Page.tell_async, page=self)
            return self
        # Django 3.2 calls coroutine receivers as if they were plain ones, and leaves what they return to the sender.
        for _, answer in template_rendered.send(Page.tell_async, page=self):
            if iscoroutine(answer):
                await answer
        return self
