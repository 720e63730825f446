"""Read the parameters of a request by the contract's rules."""

# DIFFERS: a handler's signature declares its parameters, and FastAPI reads, checks and converts them.

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BeforeValidator
from starlette.requests import Request

from contract import endpoints
from contract.errors import Refused
from contract.parameters import Parameter

Limit = Annotated[int, Query(), BeforeValidator(endpoints.LIMIT.parse)]
Count = Annotated[int, Query(), BeforeValidator(endpoints.COUNT.parse)]
ArticleId = Annotated[int, Path(), BeforeValidator(endpoints.ARTICLE_ID.parse)]
Access = Annotated[str, Query(), BeforeValidator(endpoints.ACCESS.parse)]
Carrier = Annotated[str, Query(), BeforeValidator(endpoints.CARRIER.parse)]
Receivers = Annotated[int, Query(), BeforeValidator(endpoints.RECEIVERS.parse)]
Milliseconds = Annotated[int, Query(), BeforeValidator(endpoints.MS.parse)]
HoldMilliseconds = Annotated[int, Query(), BeforeValidator(endpoints.HOLD_MS.parse)]
How = Annotated[str, Query(), BeforeValidator(endpoints.HOW.parse)]
TokenText = Annotated[str, Query(), BeforeValidator(endpoints.TOKEN.parse)]
PythonRounds = Annotated[int, Query(), BeforeValidator(endpoints.PYTHON_ROUNDS.parse)]
NativeRounds = Annotated[int, Query(), BeforeValidator(endpoints.NATIVE_ROUNDS.parse)]
Kind = Annotated[str, Query(), BeforeValidator(endpoints.KIND.parse)]
RequestId = Annotated[str, Path(), BeforeValidator(endpoints.REQUEST_ID.parse)]

RULES = {parameter.name: parameter.rule for endpoint in endpoints.ENDPOINTS for parameter in endpoint.parameters}


def query(request: Request, parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return the parameter of the query string, its default where it is missing, or refuse the request."""
    return checked(parameter, request.query_params.get(parameter.name))


def checked(parameter: Parameter, text: str | None) -> Any:  # noqa: ANN401 - the parameter decides
    """Return what `text` spells by the parameter's rule, or refuse the request."""
    try:
        return parameter.read(text)
    except ValueError as error:
        raise Refused(422, str(error)) from None
