"""The signals that the framework itself sends, noted in the journal while a request is traced."""

from collections.abc import Callable

from blinker import NamedSignal, Namespace

from backing.exchange import record
from backing.model_events import watch_models

# DIFFERS: FastAPI has no signals; the site sends Flask's, each where Flask would.
_framework = Namespace()
appcontext_pushed = _framework.signal("appcontext-pushed")
request_started = _framework.signal("request-started")
before_render_template = _framework.signal("before-render-template")
template_rendered = _framework.signal("template-rendered")
message_flashed = _framework.signal("message-flashed")
got_request_exception = _framework.signal("got-request-exception")
request_finished = _framework.signal("request-finished")
request_tearing_down = _framework.signal("request-tearing-down")
appcontext_tearing_down = _framework.signal("appcontext-tearing-down")
appcontext_popped = _framework.signal("appcontext-popped")


def tell(*signals: NamedSignal) -> None:
    """Send signals that say nothing but that it is time; to nobody they are not sent, since that takes time as well."""
    for signal in signals:
        if signal.receivers:
            signal.send(tell)


def _noting(signal: NamedSignal) -> Callable[..., None]:
    entry = f"signal {signal.name.replace('-', '_')}"
    return lambda *_, **__: record(entry)


_NOTES = {signal: _noting(signal) for signal in _framework.values()}

watch_models()


def watch() -> None:
    """Connect the journal to the framework's signals; only while a request is traced, since receivers cost time."""
    for signal, note in _NOTES.items():
        signal.connect(note, weak=False)


def unwatch() -> None:
    """Disconnect the journal again."""
    for signal, note in _NOTES.items():
        signal.disconnect(note)
