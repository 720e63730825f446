"""Words about who runs what: threads, event loops, and functions that are called when something happened."""

from loadtests.reader import addresses
from loadtests.reader.glossary.term import Term

RUNNING: tuple[Term, ...] = (
    Term(
        "sync_to_async",
        ("sync_to_async",),
        "Makes a coroutine of a plain function, by calling it in a thread; "
        "context variables go with it, and what it sets comes back.",
        addresses.ASYNC,
    ),
    Term(
        "async_to_sync",
        ("async_to_sync",),
        "Makes a plain function of a coroutine, by running it on an event loop "
        "until it is done: what Flask does with every coroutine view.",
        addresses.ASYNC,
    ),
    Term(
        "run_in_threadpool",
        ("run_in_threadpool",),
        "Calls a plain function in one of Starlette's threads, with a "
        "copy of the context, while the event loop goes on.",
        addresses.THREADS,
    ),
    Term(
        "coroutine",
        ("await",),
        "A function that hands the thread back at each `await`; who runs it depends on the framework and the server.",
        addresses.ASYNC,
    ),
    Term(
        "signal",
        ("Signal", "NamedSignal", "Namespace", "send_async", "asend", "receiver", "connect"),
        "A list of functions that are called when something happened, by a sender that does not know them.",
        addresses.SIGNALS,
    ),
)
