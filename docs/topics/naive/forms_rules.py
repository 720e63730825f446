"""One rule and one field, as each framework judges them if nothing more is said: three different forms."""

from collections.abc import Callable
from typing import Annotated, Any

from django.conf import settings
from django.forms import CharField
from django.forms import Form as DjangoForm
from django.http import QueryDict
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import FormData
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField
from wtforms.validators import Regexp

RULE = r"^.{6,18}$"
SENT = {
    "6 letters and a line break": [("name", "curry!\n")],
    "4 letters between spaces": [("name", " rice ")],
    "two values": [("name", "first!"), ("name", "second")],
}
Judge = Callable[[list[tuple[str, str]]], str | None]
settings.configure(USE_I18N=False)


class ByWtforms(Form):  # type: ignore[misc]
    """The form in WTForms."""

    name = StringField(validators=[Regexp(RULE)])


class ByPydantic(BaseModel):
    """The form in Pydantic."""

    name: Annotated[str, Field(pattern=RULE)]


class ByDjango(DjangoForm):  # type: ignore[misc]
    """The form in Django."""

    name = CharField(min_length=6, max_length=18)


def wtforms(sent: list[tuple[str, str]]) -> str | None:
    """Return the name that WTForms takes, or None."""
    form = ByWtforms(MultiDict(sent))
    return str(form.data["name"]) if form.validate() else None


def pydantic(sent: list[tuple[str, str]]) -> str | None:
    """Return the name that Pydantic takes, or None."""
    try:
        return ByPydantic.model_validate(dict(FormData([*sent]))).name
    except ValidationError:
        return None


def django(sent: list[tuple[str, str]]) -> str | None:
    """Return the name that Django takes, or None."""
    query = QueryDict(mutable=True)
    for name, value in sent:
        query.appendlist(name, value)
    form: Any = ByDjango(query)
    return str(form.cleaned_data["name"]) if form.is_valid() else None


def main() -> None:
    """Print what each makes of what is sent."""
    print(f"{'':<28}{'WTForms':<13}{'Pydantic':<13}Django")  # noqa: T201
    judges: tuple[Judge, ...] = (wtforms, pydantic, django)
    for what, sent in SENT.items():
        taken = [judge(sent) for judge in judges]
        told = [f"{'refused' if name is None else repr(name):<13}" for name in taken]
        print(f"{what:<28}{''.join(told).rstrip()}")  # noqa: T201


if __name__ == "__main__":
    main()
