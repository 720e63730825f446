"""Asymmetries of pages, their signals, and the limits of requests."""

from tests.parity.asymmetry import Asymmetry

URLS = "Django lists its URLs in one module, apart from the views"
BODIES = "every framework reads bodies at another moment"
SIGNALS = "Flask sends signals of its own for templates"

PAGES: tuple[Asymmetry, ...] = (
    *(Asymmetry("django_app", file, URLS, ("routes",)) for file in ("inspecting.py", "pages.py", "visits.py")),
    Asymmetry("flask_app", "templating.py", "a blueprint adds the global and the filter", ("routes",)),
    Asymmetry("fastapi_app", "templating.py", "FastAPI has no templates, nor signals for them", ("templates", "Page")),
    Asymmetry(
        "django_app", "templating.py", SIGNALS, ("register", "before_render_template", "template_rendered", "Page")
    ),
    Asymmetry("django_app", "visits.py", "Django has a receiver for each kind of handler", ("count_async",)),
    Asymmetry(
        "fastapi_app", "parameters.py", "FastAPI reads a handler's parameters by its signature",
        ("FeaturedId", "File", "Redirect"),
    ),
    Asymmetry("flask_app", "__main__.py", "Flask's own program runs its commands", missing=True),
    Asymmetry("flask_app", "commands.py", "a blueprint brings commands along", ("routes",)),
    Asymmetry("fastapi_app", "commands.py", "FastAPI has no commands of its own", ("program",)),
    *(
        Asymmetry(app, "requests.py", "only Django decodes a query by the codec of a body", missing=True)
        for app in ("flask_app", "fastapi_app")
    ),
    Asymmetry("flask_app", "parameters.py", "Werkzeug takes a malformed form for an empty one", ("Request",)),
    Asymmetry("fastapi_app", "limits.py", BODIES, ("bounded",)),
    Asymmetry("django_app", "limits.py", BODIES, ("Message", "Receive", "OVER")),
    Asymmetry("django_app", "asgi.py", BODIES, ("Handler",)),
)  # fmt: skip
