"""Put the site together."""

from fastapi import FastAPI
from starlette.middleware import Middleware

from fastapi_app import articles, computing, context, errors, hello, hooks, settings, signals, status, waiting

TOPICS = (hello, context, signals, articles, waiting, computing, errors, status)


def create_app() -> FastAPI:
    """Return the site with its routes, hooks and error handlers."""
    app = FastAPI(
        openapi_url=settings.OPENAPI_URL,
        redirect_slashes=settings.REDIRECT_SLASHES,
        lifespan=hooks.start_up,
        middleware=[Middleware(hooks.Identify), Middleware(hooks.Prepare), Middleware(errors.Failures)],
    )
    errors.install(app)
    for topic in TOPICS:
        app.include_router(topic.routes)
    app.state.routes = [route for topic in TOPICS for route in topic.routes.routes]
    return app
