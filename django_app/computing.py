"""Compute: in Python, which holds the interpreter lock, and in C, which releases it."""

from django.http import HttpRequest, HttpResponse

from contract.bodies import Checksum
from contract.checksums import native_checksum, python_checksum
from contract.rows.plain import NATIVE_ROUNDS, PYTHON_ROUNDS
from django_app.answers import json
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py.


def cpu_python(request: HttpRequest) -> HttpResponse:
    """Run a loop of pure Python."""
    return json(Checksum(python_checksum(query(request, PYTHON_ROUNDS))))


async def cpu_python_async(request: HttpRequest) -> HttpResponse:
    """Run a loop of pure Python; the event loop stands still meanwhile."""
    return json(Checksum(python_checksum(query(request, PYTHON_ROUNDS))))


def cpu_native(request: HttpRequest) -> HttpResponse:
    """Run PBKDF2."""
    return json(Checksum(native_checksum(query(request, NATIVE_ROUNDS))))


async def cpu_native_async(request: HttpRequest) -> HttpResponse:
    """Run PBKDF2; the event loop stands still meanwhile."""
    return json(Checksum(native_checksum(query(request, NATIVE_ROUNDS))))
