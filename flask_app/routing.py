"""Make the framework answer the contract's methods: HEAD wherever GET is, and no other one unasked."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.ctx import RequestContext
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Map

from contract.rows.admin import HOST, PREFIX
from flask_app.parameters import Request


class PlainMap(Map):
    """URL rules that take a path as it is."""

    # DIFFERS: Werkzeug redirects doubled slashes to single ones.

    def __init__(self, *, host_matching: bool = False) -> None:
        super().__init__(host_matching=host_matching, merge_slashes=False)


class ByHost(RequestContext):
    """A context that finds at the root of a host of its own what has a prefix elsewhere."""

    # DIFFERS: Flask knows hosts where every rule has one, and subdomains of one server's name.

    def match_request(self) -> None:
        """Match the path; only where nothing is found is the host looked at, so no other request pays for that."""
        try:
            # Werkzeug matches, and shows, a path without all slashes but one at its beginning.
            if self.request.environ["PATH_INFO"].startswith("//"):
                raise NotFound
            try:
                found = self.url_adapter.match(return_rule=True)  # type: ignore[union-attr]
            except NotFound:
                if self.request.path != "/" or not self.request.host.startswith(HOST):
                    raise
                found = self.url_adapter.match(PREFIX, return_rule=True)  # type: ignore[union-attr]
            self.request.url_rule, self.request.view_args = found  # type: ignore[assignment]
        except HTTPException as error:
            self.request.routing_exception = error


class ArticleKey(BaseConverter):
    """What stands for an article where it is deleted; `random` is a path of its own, which answers other methods."""

    # DIFFERS: Werkzeug looks for another rule where one does not answer the method.

    regex = "(?!random$)[^/]+"
    part_isolating = True


class Site(Flask):
    """An app that leaves OPTIONS unanswered, as it does every method that no route names."""

    # DIFFERS: Flask answers OPTIONS by itself.

    url_map_class = PlainMap  # type: ignore[assignment]
    request_class = Request

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.url_map.converters["article"] = ArticleKey

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = False,  # noqa: FBT001, FBT002 - as inherited
        **options: Any,  # noqa: ANN401 - as inherited
    ) -> None:
        """Add a rule without the automatic answer to OPTIONS."""
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options or False, **options)

    def request_context(self, environ: dict[str, Any]) -> ByHost:
        """Return a context in which hosts count."""
        return ByHost(self, environ)
