"""Asymmetries of what calls other services, and of what runs once in a process."""

from tests.parity.asymmetries.first import URLS
from tests.parity.asymmetry import Asymmetry

OUTWARD: tuple[Asymmetry, ...] = (
    Asymmetry("django_app", "upstream.py", URLS, ("routes",)),
    Asymmetry(
        "django_app", "lifetime.py", "Django tells its installed app that it is ready, under any server", ("Site",)
    ),
    Asymmetry("fastapi_app", "parameters.py", "FastAPI reads a handler's parameters by its signature", ("Calls",)),
)
