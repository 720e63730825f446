"""Asymmetries of sessions, forms and messages for the next request."""

from tests.parity.asymmetry import Asymmetry

URLS = "Django lists its URLs in one module, apart from the views"

PEOPLE: tuple[Asymmetry, ...] = (
    *(Asymmetry("django_app", file, URLS, ("routes",)) for file in ("sessions.py", "flashes.py", "forms.py")),
    Asymmetry("flask_app", "stores.py", "every framework opens and keeps a session by means of its own"),
    Asymmetry("flask_app", "caches.py", "only Django keeps sessions in a cache", missing=True),
    Asymmetry("fastapi_app", "caches.py", "only Django keeps sessions in a cache", missing=True),
    Asymmetry("flask_app", "csrf.py", "WTForms keeps the token in a field of a form", ("Guarded",)),
    Asymmetry("django_app", "csrf.py", "Django's guard is middleware, which all requests would pass", ("Guard",)),
    Asymmetry(
        "fastapi_app", "parameters.py", "FastAPI reads a handler's parameters by its signature",
        ("Category", "ShownCategory", "Form"),
    ),
    Asymmetry(
        "fastapi_app", "fields.py", "Pydantic's models are no forms: they hold only what is right",
        ("Text", "Control", "Filled"),
    ),
)  # fmt: skip
