"""Asymmetries of the ORM."""

from tests.parity.asymmetry import Asymmetry

SHARED = "the other two share SQLAlchemy's models, in backing/models.py"

DATABASE: tuple[Asymmetry, ...] = (
    Asymmetry("flask_app", "models.py", SHARED, missing=True),
    Asymmetry("fastapi_app", "models.py", SHARED, missing=True),
    Asymmetry(
        "django_app", "orm.py", "Django lists its URLs in one module, and names what it joins in each query",
        ("routes", "WITH_AUTHOR"),
    ),
)  # fmt: skip
