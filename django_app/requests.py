"""Requests whose texts are UTF-8: Django would decode queries and forms by whatever codec the header of a body names.

Some of Python's codecs give no text, or text that cannot be sent back, and it fails before any middleware runs. And
Django would read what it can of a form that is cut off.
"""

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from backing.posted import check_form


class _Strict(HttpRequest):
    @property
    def encoding(self) -> None:
        """Return what stands for UTF-8."""

    @encoding.setter
    def encoding(self, codec: str) -> None:
        """Leave it at that."""

    def _load_post_and_files(self) -> None:
        if self.method == "POST":
            check_form(self.META.get("CONTENT_TYPE", ""), self.body)
        super()._load_post_and_files()


class OverWsgi(_Strict, WSGIRequest):
    """A request as a WSGI server hands it over."""


class OverAsgi(_Strict, ASGIRequest):
    """A request as an ASGI server hands it over."""
