"""Put the site together."""

from flask_app import articles, computing, context, errors, hello, hooks, settings, signals, status, waiting
from flask_app.routing import Site

TOPICS = (hello, context, signals, articles, waiting, computing, errors, status)


def create_app() -> Site:
    """Return the site with its routes, hooks and error handlers."""
    app = Site(__name__)
    app.config.from_object(settings)
    hooks.install(app)
    errors.install(app)
    for topic in TOPICS:
        app.register_blueprint(topic.routes)
    return app
