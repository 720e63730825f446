"""Read the parameters of a request by the contract's rules."""

from io import BytesIO
from typing import IO, Any

import flask
from flask import request
from werkzeug.formparser import FormDataParser

from backing.posted import FORMS, check_form
from contract.errors import Refused
from contract.parameters import Parameter
from contract.sent import Sent, read


class _Forms(FormDataParser):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as inherited
        # How many parts there may be is the same in all apps: see `check_form`.
        super().__init__(**{**options, "silent": False, "max_form_parts": None})

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - as inherited
        if mimetype not in FORMS:
            return super().parse(stream, mimetype, content_length, options)
        body = stream.read()
        check_form(request.headers.get("Content-Type", ""), body)
        try:
            return super().parse(BytesIO(body), mimetype, len(body), options)
        except (LookupError, ValueError):
            raise Refused(400) from None


class Request(flask.Request):
    """A request whose form keeps the contract, or is refused."""

    # DIFFERS: Werkzeug takes a malformed form for an empty one.

    form_data_parser_class = _Forms


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


def header(parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return a header by the parameter's rule, or refuse the request as malformed."""
    try:
        return parameter.read(request.headers.get(parameter.name))
    except ValueError as error:
        raise Refused(400, str(error)) from None


def body(kind: type[Sent]) -> Sent:
    """Return what the JSON body of the request says, or refuse the request."""
    try:
        return read(kind, request.get_data())
    except ValueError as error:
        raise Refused(422, str(error)) from None
