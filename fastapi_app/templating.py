"""What templates use besides their values: a global and a filter of the site's own."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.templating import Jinja2Templates
from starlette.types import Receive, Scope, Send

from fastapi_app.watching import before_render_template, template_rendered

# DIFFERS: FastAPI has no templates of its own, Starlette has; like the other two, it reads each file once.
templates = Jinja2Templates([Path(__file__).with_name(folder) for folder in ("templates", "admin_templates")])
templates.env.auto_reload = False


def site_name() -> str:
    """Name the site."""
    return "Trilane"


def day(moment: datetime) -> str:
    """Write a moment's day as people do: `2 January 2019`."""
    return f"{moment.day} {moment:%B %Y}"


templates.env.globals["site_name"] = site_name
templates.env.filters["day"] = day


class Page(Response):
    """A page that tells the site's signals of itself: when it is made, and when its request is known."""

    media_type = "text/html"

    def __init__(self, template: str, status: int, context: dict[str, object]) -> None:
        self.template = template
        before_render_template.send(self, template=template, context=context)
        super().__init__(templates.get_template(template).render(context), status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page, after the receivers have seen it."""
        await template_rendered.send_async(self, _sync_wrapper=_awaitable, scope=scope)
        await super().__call__(scope, receive, send)


def _awaitable(receiver: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def receive(*sender: object, **values: object) -> object:
        return receiver(*sender, **values)

    return receive
