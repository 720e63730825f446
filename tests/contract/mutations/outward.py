"""Mutations of what calls other services."""

from contract.conformance.outward import outward
from contract.conformance.suite import right_answers
from tests.contract.mutation import Mutation

TOGETHER = "await asyncio.gather(*(call_async(client, ms) for _ in range(calls)))"
IN_A_ROW = "[await call_async(client, ms) for _ in range(calls)]"
ONE_CALL = "async upstream makes all calls together"
CAUGHT = "    except httpx.HTTPError:\n"

OUTWARD = (
    Mutation(
        "coroutine calls that wait for each other, in FastAPI", "fastapi-coroutine", "fastapi_app/upstream.py",
        ((TOGETHER, IN_A_ROW),), outward, ONE_CALL,
    ),
    Mutation(
        "coroutine calls that wait for each other, in Django", "django-coroutine", "django_app/upstream.py",
        ((TOGETHER, IN_A_ROW),), outward, ONE_CALL,
    ),
    Mutation(
        "one call that is counted as all", "flask-thread", "flask_app/upstream.py",
        (("[call(open_client(), ms) for _ in range(calls)]", "[call(open_client(), ms)] * calls"),),
        outward, "sync upstream makes one call after another",
    ),
    Mutation(
        "an upstream that is waited for to the end", "django-thread", "backing/outward.py",
        (("monotonic() + settings().upstream_timeout_s", "monotonic() + 60"),), outward, "sync upstream gives up",
    ),
    Mutation(
        "an upstream that fails and is not excused", "flask-async-view", "flask_app/upstream.py",
        ((CAUGHT, "    except ZeroDivisionError:\n"),), outward, "async upstream gives up",
    ),
    Mutation(
        "a client on a loop that ends with the request", "flask-async-view", "flask_app/upstream.py",
        (("await on_background_loop(_together(calls, ms))", "await _together(calls, ms)"),),
        right_answers, "async upstream",
    ),
)  # fmt: skip
