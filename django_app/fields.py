"""The forms as the framework makes them: their fields, their rules, and what is said where one is broken."""

import re
from collections.abc import Callable
from typing import Any

from django import forms as framework

from contract import forms
from contract.forms import Field


def _rule(field: Field) -> Callable[[str], None]:
    # Django's own validator of patterns fills its values into the message, which may hold a per cent sign.
    def judge(value: str) -> None:
        if re.match(field.pattern, value) is None:
            raise framework.ValidationError(field.message)

    return judge


def _text(field: Field, widget: type[framework.Widget]) -> framework.CharField:
    messages = {"required": field.message, "null_characters_not_allowed": field.message}
    return framework.CharField(
        label=field.label, widget=widget, strip=False, validators=[_rule(field)], error_messages=messages
    )


def _choice(kind: type[framework.ChoiceField], field: Field, **options: Any) -> framework.ChoiceField:  # noqa: ANN401 - of the kind
    messages = {"required": field.message, "invalid_choice": field.message}
    return kind(label=field.label, error_messages=messages, **options)


class LoginForm(framework.Form):
    """What it takes to log in."""

    name = _text(forms.NAME, framework.TextInput)
    password = _text(forms.PASSWORD, framework.PasswordInput)


class RegisterForm(framework.Form):
    """What it takes to register."""

    name = _text(forms.NEW_NAME, framework.TextInput)
    password = _text(forms.PASSWORD, framework.PasswordInput)
    confirmation = framework.Field(label=forms.CONFIRMATION.label, required=False, widget=framework.PasswordInput)
    email = _text(forms.EMAIL, framework.EmailInput)
    gender = _choice(framework.ChoiceField, forms.GENDER, choices=forms.GENDERS, widget=framework.RadioSelect)
    city = _choice(framework.ChoiceField, forms.CITY, choices=forms.CITIES)
    hobby = _choice(framework.MultipleChoiceField, forms.HOBBY, choices=forms.HOBBIES)
    favourite = _choice(
        framework.MultipleChoiceField,
        forms.FAVOURITE,
        choices=lambda: forms.favourites(),  # noqa: PLW0108 - what the name stands for when the form is made
        required=False,
        widget=framework.CheckboxSelectMultiple,
    )

    def clean_confirmation(self) -> str:
        """Judge the password's confirmation beside the password as it was sent, right or wrong."""
        confirmation: str = self.cleaned_data["confirmation"] or ""
        if confirmation != self.data.get("password", ""):
            raise framework.ValidationError(forms.CONFIRMATION.message)
        return confirmation


def first_problem(form: framework.Form) -> str:
    """Return the message of the first field that broke its rule."""
    return str(next(iter(form.errors.values()))[0])
