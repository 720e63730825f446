"""Make the framework answer the contract's methods: HEAD wherever GET is, and no other one unasked."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Map


class PlainMap(Map):
    """URL rules that take a path as it is."""

    # DIFFERS: Werkzeug redirects doubled slashes to single ones.

    def __init__(self, *, host_matching: bool = False) -> None:
        super().__init__(host_matching=host_matching, merge_slashes=False)


class Site(Flask):
    """An app that leaves OPTIONS unanswered, as it does every method that no route names."""

    # DIFFERS: Flask answers OPTIONS by itself.

    url_map_class = PlainMap  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)

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
