"""Read the parameters of a request by the contract's rules."""

from typing import Any

from django.http import HttpRequest

from contract.errors import Refused
from contract.parameters import Parameter
from contract.sent import Sent, read


def query(request: HttpRequest, parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return the parameter of the query string, its default where it is missing, or refuse the request."""
    return checked(parameter, request.GET.get(parameter.name))


def checked(parameter: Parameter, text: str | None) -> Any:  # noqa: ANN401 - the parameter decides
    """Return what `text` spells by the parameter's rule, or refuse the request."""
    try:
        return parameter.read(text)
    except ValueError as error:
        raise Refused(422, str(error)) from None


def header(request: HttpRequest, parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return a header by the parameter's rule, or refuse the request as malformed."""
    try:
        return parameter.read(request.headers.get(parameter.name))
    except ValueError as error:
        raise Refused(400, str(error)) from None


def body(request: HttpRequest, kind: type[Sent]) -> Sent:
    """Return what the JSON body of the request says, or refuse the request."""
    try:
        return read(kind, request.body)
    except ValueError as error:
        raise Refused(422, str(error)) from None
