"""The form of each framework offers and judges what there is at the moment at which it is made."""

import pytest
from django.conf import settings
from django.http import QueryDict
from starlette.datastructures import FormData
from werkzeug.datastructures import MultiDict

import django_app.fields
import fastapi_app.fields
import flask_app.fields
from contract import forms

NOW = (("rust", "Rust & <more>"),)


@pytest.fixture(autouse=True)
def other_favourites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "favourites", lambda: NOW)


def test_flask_offers_the_favourites_of_the_moment() -> None:
    form = flask_app.fields.RegisterForm(MultiDict({"favourite": "flask"}))
    assert [(option.data, option.label.text) for option in form.favourite] == list(NOW)
    assert not form.validate()
    assert form.errors["favourite"] == [forms.FAVOURITE.message]


def test_fastapi_offers_the_favourites_of_the_moment() -> None:
    form = fastapi_app.fields.Filled(fastapi_app.fields.RegisterForm, FormData({"favourite": "flask"}))
    assert form["favourite"].choices == NOW
    assert not form.validate()
    assert form.errors["favourite"] == forms.FAVOURITE.message


def test_django_offers_the_favourites_of_the_moment() -> None:
    if not settings.configured:
        # Forms need no more of Django than this; the site's own settings would read the environment.
        settings.configure(USE_I18N=False)
    form = django_app.fields.RegisterForm(QueryDict("favourite=flask"))
    assert [(option.data["value"], option.choice_label) for option in form["favourite"]] == list(NOW)
    assert not form.is_valid()
    assert form.errors["favourite"] == [forms.FAVOURITE.message]
