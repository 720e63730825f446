"""State that every thread or greenlet has for itself, by hand: what stood behind `request` before `contextvars`.

`Local` is a namespace, `LocalStack` a stack kept in one, and `LocalProxy` a name that stands for what is current: with
it a module can offer a global `request` that is another one for whoever runs.

Coroutines of one event loop run in one thread, so they share all of it: what one of them writes, the others read.
"""

import operator
import sys
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


def ident() -> int:
    """Return what tells the running greenlet, or thread where there are none, from all that live; it is used again."""
    gevent = sys.modules.get("gevent")
    return id(gevent.getcurrent()) if gevent else threading.get_ident()


class Local:
    """A namespace whose attributes every thread, or greenlet, has for itself.

    Each object keeps them in a dictionary of its own: by identity, then by name. What is not released outlives its
    thread, and a later thread that is given the same identity finds it.
    """

    __slots__ = ("_ident", "_storage")

    def __init__(self, ident: Callable[[], int] = ident) -> None:
        # `self._storage = {}` would call `__setattr__` below, which needs `_storage`, and so on without end.
        object.__setattr__(self, "_ident", ident)
        object.__setattr__(self, "_storage", {})

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever was set
        # Python asks here only for what is no slot, unless a copy was made that nobody initialised.
        if name not in Local.__slots__ and name in (own := self._storage.get(self._ident(), {})):
            return own[name]
        raise AttributeError(f"{name} is not set in this thread")

    def __setattr__(self, name: str, value: object) -> None:
        if name in Local.__slots__:
            raise AttributeError(f"{name} is how a Local works; give the attribute another name")
        self._storage.setdefault(self._ident(), {})[name] = value

    def __delattr__(self, name: str) -> None:
        getattr(self, name)
        del self._storage[self._ident()][name]

    def release(self) -> None:
        """Forget what the running thread has set, as is due at the end of a request."""
        self._storage.pop(self._ident(), None)


class LocalStack(Generic[Value]):
    """A stack that every thread, or greenlet, has for itself: a request pushes its context, and pops it at its end."""

    def __init__(self, ident: Callable[[], int] = ident) -> None:
        self._local = Local(ident)

    def push(self, value: Value) -> None:
        """Put a value on top."""
        if not hasattr(self._local, "values"):
            self._local.values = []
        self._local.values.append(value)

    def pop(self) -> Value | None:
        """Take the value off the top and return it, or None where there is none; the last one leaves nothing behind."""
        values = getattr(self._local, "values", [])
        value = values.pop() if values else None
        if not values:
            self._local.release()
        return value

    @property
    def top(self) -> Value | None:
        """Return the value on top, or None where there is none."""
        values = getattr(self._local, "values", [])
        return values[-1] if values else None


class LocalProxy:
    """A name for an object that is another one in every thread: whatever is done to it is done to the current object.

    `find` returns that object, or raises `RuntimeError` where there is none; with `name` it is a `Local`, and the
    object is its attribute.
    """

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[], object] | Local, name: str | None = None) -> None:
        object.__setattr__(self, "_find", find if name is None else _finding(find, name))

    def _get_current_object(self) -> Any:  # noqa: ANN401 - whatever it stands for
        return self._find()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it is there
        return getattr(self._get_current_object(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._get_current_object(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._get_current_object(), name)


def _finding(local: object, name: str) -> Callable[[], object]:
    def find() -> object:
        try:
            return getattr(local, name)
        except AttributeError:
            raise RuntimeError(f"{name} is used where none is current; use it while a request is handled") from None

    return find


def _forwarded(function: Callable[..., Any]) -> Callable[..., Any]:
    def forward(proxy: LocalProxy, *arguments: object) -> Any:  # noqa: ANN401 - whatever comes of it
        return function(proxy._get_current_object(), *arguments)  # noqa: SLF001 - they are one

    return forward


# Python looks for these in a class and asks no `__getattr__`, so the class needs each of them.
for _function in (repr, str, bool, len, iter, next, hash):
    setattr(LocalProxy, f"__{_function.__name__}__", _forwarded(_function))
for _name in ("lt", "le", "eq", "ne", "gt", "ge", "getitem", "setitem", "delitem", "contains", "call", "add", "sub"):
    setattr(LocalProxy, f"__{_name}__", _forwarded(getattr(operator, f"__{_name}__")))
