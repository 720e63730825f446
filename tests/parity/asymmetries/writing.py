"""Asymmetries of what writes: articles and tags, orders, likes."""

from tests.parity.asymmetry import Asymmetry

URLS = "Django lists its URLs in one module, apart from the views"
CLASSES = "FastAPI has no views that are classes; Django's are made into functions where the URLs are listed"

WRITING: tuple[Asymmetry, ...] = (
    *(Asymmetry("django_app", file, URLS, ("routes",)) for file in ("editing.py", "likes.py")),
    Asymmetry("django_app", "orders.py", CLASSES, ("routes", "take", "take_async")),
    Asymmetry("fastapi_app", "orders.py", CLASSES, ("Orders", "OrdersAsync")),
    Asymmetry(
        "fastapi_app", "parameters.py", "FastAPI reads a handler's parameters by its signature", ("Lock", "SentBody")
    ),
    Asymmetry(
        "django_app", "changes.py", "Django has an ORM of its own, for coroutines only since 4.1",
        ("WITH_TAGS", "require_async"),
    ),
)  # fmt: skip
