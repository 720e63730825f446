"""The signals that the framework itself sends, noted in the journal while a request is traced."""

from collections.abc import Callable

from django.core import signals as of_requests
from django.db.backends.signals import connection_created
from django.db.models import signals as of_models
from django.dispatch import Signal

from backing.exchange import record
from django_app.templating import before_render_template, template_rendered

# DIFFERS: Django's signals tell of requests and models; it has none for contexts and flashed messages, and those for
# templates are the site's own.
_FOUND = {
    **vars(of_requests),
    "connection_created": connection_created,
    **vars(of_models),
    "before_render_template": before_render_template,
    "template_rendered": template_rendered,
}


def _noting(name: str) -> Callable[..., None]:
    return lambda **_: record(f"signal {name}")


_NOTES = {
    signal: _noting(name)
    for name, signal in _FOUND.items()
    # A changed setting is for tests alone.
    if isinstance(signal, Signal) and name != "setting_changed"
}


def watch() -> None:
    """Connect the journal to the framework's signals; only while a request is traced, since receivers cost time."""
    for signal, note in _NOTES.items():
        signal.connect(note, weak=False)


def unwatch() -> None:
    """Disconnect the journal again."""
    for signal, note in _NOTES.items():
        signal.disconnect(note)
