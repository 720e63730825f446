"""Ctrl-C and SIGTERM: the first drains and reports, the second stops at once.

Stopping at once is `os._exit`: every program that was started dies with this process, folders included, so there is
nothing to wait for.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType

EXIT_CODE = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """`asked` tells whether the person wants to stop; before there is something to drain, they get `KeyboardInterrupt`.

    Once there is nothing left to stop, `finish` was called and they only shorten the clean-up.

    `at_once` is called before the process ends by a second signal.
    """

    def __init__(self, at_once: Callable[[], None]) -> None:
        self.asked = False
        self._at_once = at_once
        self._drain: Callable[[], None] | None = None
        self._finished = False

    @contextlib.contextmanager
    def watched(self) -> Iterator["Interrupts"]:
        """Handle both signals until the end of the block."""
        before = [signal.signal(number, self._handle) for number in _SIGNALS]
        try:
            yield self
        finally:
            for number, handler in zip(_SIGNALS, before, strict=True):
                signal.signal(number, handler)

    @contextlib.contextmanager
    def draining(self, drain: Callable[[], None]) -> Iterator[None]:
        """Within the block the first signal calls `drain` and sets `asked` instead of raising."""
        self._drain = drain
        try:
            yield
        finally:
            self._drain = None

    def finish(self) -> None:
        """Let no first signal take away what is measured: from here on there is only the report and the clean-up."""
        self._finished = True

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            self._at_once()
            os._exit(EXIT_CODE)
        self.asked = True
        if self._finished:
            return
        if self._drain is None:
            raise KeyboardInterrupt
        self._drain()
