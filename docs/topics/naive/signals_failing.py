"""Two receivers that fail: by `send` the first one keeps the second, and the sender, from going on."""

import logging
from collections.abc import Callable
from typing import Any, NoReturn

from blinker import Signal
from django.dispatch import Signal as DjangoSignal

called: list[str] = []
blinker, django = Signal(), DjangoSignal()


def first(*_: object, **__: object) -> NoReturn:
    """Fail."""
    called.append("first")
    raise RuntimeError("the first receiver failed")


def second(*_: object, **__: object) -> NoReturn:
    """Fail as well."""
    called.append("second")
    raise RuntimeError("the second receiver failed")


def told(send: Callable[[object], Any]) -> str:
    """Send once, and return how many were called and what the sender saw."""
    called.clear()
    try:
        answers = send(None)
    except RuntimeError:
        return f"{len(called)} called, the sender fails"
    return (
        f"{len(called)} called, the sender gets {sum(isinstance(answer, RuntimeError) for _, answer in answers)} errors"
    )


if __name__ == "__main__":
    logging.disable()
    for receiver in (first, second):
        blinker.connect(receiver)
        django.connect(receiver)
    print(f"Blinker, send: {told(blinker.send)}")  # noqa: T201
    print(f"Django, send: {told(django.send)}")  # noqa: T201
    print(f"Django, send_robust: {told(django.send_robust)}")  # noqa: T201
