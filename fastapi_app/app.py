"""Put the site together."""

from fastapi import FastAPI
from starlette.middleware import Middleware

from fastapi_app import (
    admin,
    articles,
    computing,
    context,
    editing,
    errors,
    flashes,
    forms,
    hello,
    hooks,
    inspecting,
    lifetime,
    likes,
    orders,
    orm,
    pages,
    sessions,
    settings,
    signals,
    status,
    upstream,
    visits,
    waiting,
)

TOPICS = (
    hello,
    context,
    signals,
    articles,
    orm,
    editing,
    orders,
    likes,
    waiting,
    computing,
    upstream,
    errors,
    pages,
    inspecting,
    visits,
    admin,
    sessions,
    flashes,
    forms,
    status,
)


def create_app() -> FastAPI:
    """Return the site with its routes, hooks and error handlers."""
    app = FastAPI(
        openapi_url=settings.OPENAPI_URL,
        redirect_slashes=settings.REDIRECT_SLASHES,
        lifespan=lifetime.start_up,
        middleware=[Middleware(hooks.Identify), Middleware(hooks.Prepare), Middleware(errors.Failures)],
    )
    errors.install(app)
    for topic in TOPICS:
        # Not by `include_router`: FastAPI would look for the route twice, which is a sixth of its work for `hello`.
        app.router.routes.extend(topic.routes.routes)
    app.router.default = admin.by_host
    return app
