"""The forms as the framework makes them: their fields, their rules, and what is said where one is broken."""

from wtforms import EmailField, Form, PasswordField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Regexp

from contract import forms
from contract.forms import Choices, Field


def _rule(field: Field) -> Regexp:
    return Regexp(field.pattern, message=field.message)


def _offered(choices: Choices) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in choices]


def _favourites() -> list[SelectChoice]:
    return _offered(forms.favourites())


class LoginForm(Form):
    """What it takes to log in."""

    name = StringField(forms.NAME.label, [_rule(forms.NAME)], default="")
    password = PasswordField(forms.PASSWORD.label, [_rule(forms.PASSWORD)], default="")


class RegisterForm(Form):
    """What it takes to register."""

    name = StringField(forms.NEW_NAME.label, [_rule(forms.NEW_NAME)], default="")
    password = PasswordField(forms.PASSWORD.label, [_rule(forms.PASSWORD)], default="")
    confirmation = PasswordField(
        forms.CONFIRMATION.label, [EqualTo("password", forms.CONFIRMATION.message)], default=""
    )
    email = EmailField(forms.EMAIL.label, [_rule(forms.EMAIL)], default="")
    gender = RadioField(
        forms.GENDER.label, choices=_offered(forms.GENDERS), invalid_choice_message=forms.GENDER.message
    )
    city = SelectField(forms.CITY.label, choices=_offered(forms.CITIES), invalid_choice_message=forms.CITY.message)
    hobby = SelectMultipleField(
        forms.HOBBY.label,
        [DataRequired(forms.HOBBY.message)],
        choices=_offered(forms.HOBBIES),
        invalid_choice_message=forms.HOBBY.message,
    )
    favourite = SelectMultipleField(
        forms.FAVOURITE.label, choices=_favourites, invalid_choice_message=forms.FAVOURITE.message
    )


def first_problem(form: Form) -> str:
    """Return the message of the first field that broke its rule."""
    return str(next(iter(form.errors.values()))[0])
