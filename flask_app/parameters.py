"""Read the parameters of a request by the contract's rules."""

from typing import Any

from flask import request

from contract.errors import Refused
from contract.parameters import Parameter


def query(parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return the parameter of the query string, its default where it is missing, or refuse the request."""
    given = request.args.getlist(parameter.name)
    return checked(parameter, given[-1] if given else None)


def checked(parameter: Parameter, text: str | None) -> Any:  # noqa: ANN401 - the parameter decides
    """Return what `text` spells by the parameter's rule, or refuse the request."""
    try:
        return parameter.read(text)
    except ValueError as error:
        raise Refused(422, str(error)) from None
