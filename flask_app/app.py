"""Put the site together."""

from flask_app import (
    admin,
    articles,
    commands,
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
    stores,
    templating,
    upstream,
    visits,
    waiting,
)
from flask_app.routing import Site

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
    templating,
    commands,
    status,
)


def create_app() -> Site:
    """Return the site with its routes, hooks and error handlers."""
    app = Site(__name__)
    app.config.from_object(settings)
    lifetime.start_up()
    stores.install(app)
    hooks.install(app)
    errors.install(app)
    for topic in TOPICS:
        app.register_blueprint(topic.routes)
    return app
