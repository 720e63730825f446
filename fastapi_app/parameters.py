"""Read the parameters of a request by the contract's rules."""

# DIFFERS: a handler's signature declares its parameters, and FastAPI reads, checks and converts them.

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import BeforeValidator
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request

from backing.posted import check_form
from contract.endpoints import ENDPOINTS
from contract.errors import Refused
from contract.parameters import Parameter
from contract.rows import articles, context, outward, pages, people, plain, status, writing
from contract.sent import Sent, read

Limit = Annotated[int, Query(), BeforeValidator(articles.LIMIT.parse)]
Count = Annotated[int, Query(), BeforeValidator(articles.COUNT.parse)]
ArticleId = Annotated[int, Path(), BeforeValidator(articles.ARTICLE_ID.parse)]
Access = Annotated[str, Query(), BeforeValidator(articles.ACCESS.parse)]
Carrier = Annotated[str, Query(), BeforeValidator(context.CARRIER.parse)]
Receivers = Annotated[int, Query(), BeforeValidator(context.RECEIVERS.parse)]
Milliseconds = Annotated[int, Query(), BeforeValidator(plain.MS.parse)]
HoldMilliseconds = Annotated[int, Query(), BeforeValidator(context.HOLD_MS.parse)]
How = Annotated[str, Query(), BeforeValidator(plain.HOW.parse)]
TokenText = Annotated[str, Query(), BeforeValidator(context.TOKEN.parse)]
Calls = Annotated[int, Query(), BeforeValidator(outward.CALLS.parse)]
PythonRounds = Annotated[int, Query(), BeforeValidator(plain.PYTHON_ROUNDS.parse)]
NativeRounds = Annotated[int, Query(), BeforeValidator(plain.NATIVE_ROUNDS.parse)]
Kind = Annotated[str, Query(), BeforeValidator(plain.KIND.parse)]
Lock = Annotated[str, Query(), BeforeValidator(writing.LOCK.parse)]
FeaturedId = Annotated[int, Query(alias="id"), BeforeValidator(pages.FEATURED.parse)]
File = Annotated[str, Path(), BeforeValidator(pages.FILE.parse)]
Redirect = Annotated[str, Query(alias="redirect"), BeforeValidator(pages.REDIRECT.parse)]
Category = Annotated[str, Query(), BeforeValidator(people.CATEGORY.parse)]
ShownCategory = Annotated[str, Query(), BeforeValidator(people.SHOWN.parse)]
RequestId = Annotated[str, Path(), BeforeValidator(status.REQUEST_ID.parse)]


async def _sent(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise Refused(400) from None


# A body that the signature declares would be judged before anybody asks who has sent it.
SentBody = Annotated[bytes, Depends(_sent)]


async def _form(request: Request) -> AsyncIterator[FormData]:
    asked = _by_utf_8(request)
    check_form(request.headers.get("Content-Type", ""), await _sent(asked))
    form = await asked.form()
    try:
        yield form
    finally:
        await form.close()


def _by_utf_8(request: Request) -> Request:
    # Starlette would decode by whatever codec the form's header names, and not all of them give text.
    headers = [(name, _CODEC.sub(b"", value)) for name, value in request.scope["headers"]]
    return Request({**request.scope, "headers": headers}, request.receive)


# A model in a signature is judged before anybody can look at the token, and FastAPI 0.103 has none of forms.
Form = Annotated[FormData, Depends(_form)]

_CODEC = re.compile(rb";\s*charset=[^;]*", re.IGNORECASE)
RULES = {parameter.name: parameter.rule for endpoint in ENDPOINTS for parameter in endpoint.parameters}


def query(request: Request, parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return the parameter of the query string, its default where it is missing, or refuse the request."""
    return checked(parameter, request.query_params.get(parameter.name))


def checked(parameter: Parameter, text: str | None) -> Any:  # noqa: ANN401 - the parameter decides
    """Return what `text` spells by the parameter's rule, or refuse the request."""
    try:
        return parameter.read(text)
    except ValueError as error:
        raise Refused(422, str(error)) from None


def header(request: Request, parameter: Parameter) -> Any:  # noqa: ANN401 - the parameter decides
    """Return a header by the parameter's rule, or refuse the request as malformed."""
    # The other two get a header that was sent twice as one, joined by the server.
    given = request.headers.getlist(parameter.name)
    try:
        return parameter.read(",".join(given) if given else None)
    except ValueError as error:
        raise Refused(400, str(error)) from None


def body(sent: bytes, kind: type[Sent]) -> Sent:
    """Return what the JSON body of the request says, or refuse the request."""
    try:
        return read(kind, sent)
    except ValueError as error:
        raise Refused(422, str(error)) from None
