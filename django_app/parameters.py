"""Read the parameters of a request by the contract's rules."""

from typing import Any

from django.http import HttpRequest

from contract.errors import Refused
from contract.parameters import Parameter


def query(request: HttpRequest, parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return the parameter of the query string, its default where it is missing, or refuse the request."""
    return checked(parameter, request.GET.get(parameter.name))


def checked(parameter: Parameter, text: str | None) -> Any:  # noqa: ANN401 - the parameter decides
    """Return what `text` spells by the parameter's rule, or refuse the request."""
    try:
        return parameter.read(text)
    except ValueError as error:
        raise Refused(422, str(error)) from None
