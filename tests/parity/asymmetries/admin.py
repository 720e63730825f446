"""Asymmetries of the second site."""

from tests.parity.asymmetry import Asymmetry

ADMIN: tuple[Asymmetry, ...] = (
    Asymmetry("django_app", "admin.py", "Django has a list of URLs for it", ("routes", "urlpatterns")),
    Asymmetry("fastapi_app", "admin.py", "Starlette routes by host itself", ("at_root", "by_host")),
)
