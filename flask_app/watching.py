"""The signals that the framework itself sends, noted in the journal while a request is traced."""

from collections.abc import Callable

from blinker import NamedSignal
from flask import signals

from backing.exchange import record
from backing.model_events import watch_models


def _noting(signal: NamedSignal) -> Callable[..., None]:
    entry = f"signal {signal.name.replace('-', '_')}"
    return lambda *_, **__: record(entry)


_NOTES = {signal: _noting(signal) for signal in vars(signals).values() if isinstance(signal, NamedSignal)}

watch_models()


def watch() -> None:
    """Connect the journal to the framework's signals; only while a request is traced, since receivers cost time."""
    for signal, note in _NOTES.items():
        signal.connect(note, weak=False)


def unwatch() -> None:
    """Disconnect the journal again."""
    for signal, note in _NOTES.items():
        signal.disconnect(note)
