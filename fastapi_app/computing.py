"""Compute: in Python, which holds the interpreter lock, and in C, which releases it."""

from starlette.responses import Response

from contract.bodies import Checksum
from contract.checksums import native_checksum, python_checksum
from contract.rows.plain import NATIVE_ROUNDS, PYTHON_ROUNDS
from fastapi_app.answers import json
from fastapi_app.parameters import NativeRounds, PythonRounds
from fastapi_app.routing import router

routes = router()


@routes.get("/sync/cpu/python")
def cpu_python(rounds: PythonRounds = PYTHON_ROUNDS.default) -> Response:
    """Run a loop of pure Python."""
    return json(Checksum(python_checksum(rounds)))


@routes.get("/async/cpu/python")
async def cpu_python_async(rounds: PythonRounds = PYTHON_ROUNDS.default) -> Response:
    """Run a loop of pure Python; the event loop stands still meanwhile."""
    return json(Checksum(python_checksum(rounds)))


@routes.get("/sync/cpu/native")
def cpu_native(rounds: NativeRounds = NATIVE_ROUNDS.default) -> Response:
    """Run PBKDF2."""
    return json(Checksum(native_checksum(rounds)))


@routes.get("/async/cpu/native")
async def cpu_native_async(rounds: NativeRounds = NATIVE_ROUNDS.default) -> Response:
    """Run PBKDF2; the event loop stands still meanwhile."""
    return json(Checksum(native_checksum(rounds)))
