"""Make the framework answer the contract's methods: HEAD wherever GET is, and no other one unasked."""

from collections.abc import Callable
from typing import Any

from flask import Flask


class Site(Flask):
    """An app that leaves OPTIONS unanswered and a path as it is."""

    # DIFFERS: Flask answers OPTIONS by itself and redirects doubled slashes; both have to be switched off.

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.url_map.merge_slashes = False

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
