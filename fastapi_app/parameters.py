"""Read the parameters of a request by the contract's rules."""

# DIFFERS: a handler's signature declares its parameters, and FastAPI reads, checks and converts them.

from typing import Annotated, Any

from pydantic import BeforeValidator
from starlette.requests import Request

from contract import endpoints
from contract.errors import Refused
from contract.parameters import Parameter

Limit = Annotated[int, BeforeValidator(endpoints.LIMIT.parse)]
Count = Annotated[int, BeforeValidator(endpoints.COUNT.parse)]
ArticleId = Annotated[int, BeforeValidator(endpoints.ARTICLE_ID.parse)]
Access = Annotated[str, BeforeValidator(endpoints.ACCESS.parse)]
Carrier = Annotated[str, BeforeValidator(endpoints.CARRIER.parse)]
Receivers = Annotated[int, BeforeValidator(endpoints.RECEIVERS.parse)]
Milliseconds = Annotated[int, BeforeValidator(endpoints.MS.parse)]
HoldMilliseconds = Annotated[int, BeforeValidator(endpoints.HOLD_MS.parse)]
How = Annotated[str, BeforeValidator(endpoints.HOW.parse)]
TokenText = Annotated[str, BeforeValidator(endpoints.TOKEN.parse)]
PythonRounds = Annotated[int, BeforeValidator(endpoints.PYTHON_ROUNDS.parse)]
NativeRounds = Annotated[int, BeforeValidator(endpoints.NATIVE_ROUNDS.parse)]
Kind = Annotated[str, BeforeValidator(endpoints.KIND.parse)]
RequestId = Annotated[str, BeforeValidator(endpoints.REQUEST_ID.parse)]

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
