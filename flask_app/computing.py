"""Compute: in Python, which holds the interpreter lock, and in C, which releases it."""

from flask import Blueprint, Response

from contract.bodies import Checksum
from contract.checksums import native_checksum, python_checksum
from contract.rows.plain import NATIVE_ROUNDS, PYTHON_ROUNDS
from flask_app.answers import json
from flask_app.parameters import query

routes = Blueprint("computing", __name__)


@routes.get("/sync/cpu/python")
def cpu_python() -> Response:
    """Run a loop of pure Python."""
    return json(Checksum(python_checksum(query(PYTHON_ROUNDS))))


@routes.get("/async/cpu/python")
async def cpu_python_async() -> Response:
    """Run a loop of pure Python; the event loop stands still meanwhile."""
    return json(Checksum(python_checksum(query(PYTHON_ROUNDS))))


@routes.get("/sync/cpu/native")
def cpu_native() -> Response:
    """Run PBKDF2."""
    return json(Checksum(native_checksum(query(NATIVE_ROUNDS))))


@routes.get("/async/cpu/native")
async def cpu_native_async() -> Response:
    """Run PBKDF2; the event loop stands still meanwhile."""
    return json(Checksum(native_checksum(query(NATIVE_ROUNDS))))
