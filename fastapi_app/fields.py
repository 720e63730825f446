"""The forms as the framework makes them: their fields, their rules, and what is said where one is broken."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from starlette.datastructures import FormData

from contract import forms
from contract.forms import Choices

Text = str | list[str]


def _field(field: forms.Field, **rules: Any) -> Any:  # noqa: ANN401 - as Pydantic has it
    return Field(title=field.label, description=field.message, **rules)


def _text(field: forms.Field) -> Any:  # noqa: ANN401 - as Pydantic has it
    return _field(field, pattern=field.pattern)


def _offered(choices: Callable[[], Choices]) -> AfterValidator:
    def judge(chosen: Text) -> Text:
        offered = {value for value, _ in choices()}
        if not offered.issuperset([chosen] if isinstance(chosen, str) else chosen):
            raise ValueError(chosen)
        return chosen

    return AfterValidator(judge)


class LoginForm(BaseModel):
    """What it takes to log in."""

    model_config = ConfigDict(regex_engine="python-re")

    name: Annotated[str, _text(forms.NAME)]
    password: Annotated[str, _text(forms.PASSWORD)]


class RegisterForm(BaseModel):
    """What it takes to register."""

    model_config = ConfigDict(regex_engine="python-re")

    name: Annotated[str, _text(forms.NEW_NAME)]
    password: Annotated[str, _text(forms.PASSWORD)]
    confirmation: Annotated[str, _field(forms.CONFIRMATION)]
    email: Annotated[str, _text(forms.EMAIL)]
    gender: Annotated[str, _field(forms.GENDER), _offered(lambda: forms.GENDERS)]
    city: Annotated[str, _field(forms.CITY), _offered(lambda: forms.CITIES)]
    hobby: Annotated[list[str], _field(forms.HOBBY, min_length=1), _offered(lambda: forms.HOBBIES)]
    favourite: Annotated[list[str], _field(forms.FAVOURITE), _offered(lambda: forms.favourites())]  # noqa: PLW0108 - what the name stands for when the form is judged

    @field_validator("confirmation")
    @classmethod
    def equal(cls, confirmation: str, info: ValidationInfo) -> str:
        """Judge the password's confirmation beside the password as it was sent, right or wrong."""
        if confirmation != (info.context or {})["password"]:
            raise ValueError(confirmation)
        return confirmation


@dataclass(frozen=True)
class Control:
    """One field as a page shows it."""

    label: str
    value: Text
    problem: str
    choices: Choices = ()


class Filled:
    """A form as somebody filled it in."""

    # DIFFERS: Pydantic's models hold only what is right.

    def __init__(
        self, model: type[BaseModel], sent: FormData | None = None, first: Mapping[str, Text] | None = None
    ) -> None:
        self.fields, self.model, self.errors = model.model_fields, model, dict[str, str]()
        self.data: dict[str, Any] = {name: _value(field.annotation, name, sent) for name, field in self.fields.items()}
        self.data |= first or {}

    def validate(self) -> bool:
        """Judge what was sent, and note the message of each field that breaks its rule."""
        try:
            self.model.model_validate(self.data, context=self.data)
        except ValidationError as error:
            names = [str(each["loc"][0]) for each in error.errors()]
            self.errors = {name: str(self.fields[name].description) for name in names}
        return not self.errors

    def __getitem__(self, name: str) -> Control:
        choices = {
            "gender": forms.GENDERS,
            "city": forms.CITIES,
            "hobby": forms.HOBBIES,
            "favourite": forms.favourites(),
        }
        return Control(str(self.fields[name].title), self.data[name], self.errors.get(name, ""), choices.get(name, ()))


def _value(kind: object, name: str, sent: FormData | None) -> Text:
    texts: Sequence[str] = [text for text in sent.getlist(name) if isinstance(text, str)] if sent else []
    return list(texts) if kind == list[str] else "".join(texts[-1:])


def first_problem(form: Filled) -> str:
    """Return the message of the first field that broke its rule."""
    return next(iter(form.errors.values()))
