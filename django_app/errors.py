"""Turn every way to fail into the contract's errors."""

from django.http import HttpRequest, HttpResponse

from backing.exchange import record
from contract.errors import Refused
from contract.rows.plain import KIND
from django_app.answers import refuse
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py, and there names one handler for each status.


def fail(request: HttpRequest) -> HttpResponse:
    """Fail without being caught, or abort."""
    if query(request, KIND) == "abort":
        raise Refused(418)
    raise RuntimeError("the handler failed, as it was asked to")


async def fail_async(request: HttpRequest) -> HttpResponse:
    """Fail without being caught, or abort."""
    if query(request, KIND) == "abort":
        raise Refused(418)
    raise RuntimeError("the handler failed, as it was asked to")


def on_refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """Answer a request that the site refused."""
    record(f"error {error.status}")
    return refuse(request, error.status, error.message)


def on_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that the framework refused."""
    del exception  # named and passed by Django
    record("error 400")
    return refuse(request, 400)


def on_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request for a path that is not there."""
    del exception  # named and passed by Django
    record("error 404")
    return refuse(request, 404)


def on_failure(request: HttpRequest) -> HttpResponse:
    """Answer a request whose handler failed; the framework has logged why."""
    record("error 500")
    return refuse(request, 500)
