"""The token that a form brings back, so that no other site can send it in somebody's name."""

from flask import request, session
from wtforms import Form
from wtforms.csrf.session import SessionCSRF

from backing.settings import settings
from contract.errors import Refused
from contract.forms import CSRF_FIELD, CSRF_REFUSED


class Guarded(Form):
    """Nothing but the token, by WTForms' own means: it signs what the session holds."""

    # DIFFERS: WTForms keeps the token in a field of a form.

    class Meta:
        """How the token is made; it lasts as long as the session."""

        csrf = True
        csrf_class = SessionCSRF
        csrf_field_name = CSRF_FIELD
        csrf_time_limit = None

        @property
        def csrf_secret(self) -> bytes:
            """Return the key of the signature."""
            return settings().secret_key.encode()

        @property
        def csrf_context(self) -> object:
            """Return where the token's secret is kept."""
            return session


def token() -> str:
    """Return the token for the forms of this session, which begins with it where there was none."""
    return str(Guarded()[CSRF_FIELD].current_token)


def check() -> None:
    """Refuse the request unless its form brings a token of its session."""
    form = request.form  # refused, if at all, before anybody looks for a token
    if "csrf" not in session or not Guarded(form).validate():
        raise Refused(403, CSRF_REFUSED)


def forget() -> None:
    """Let the tokens given out so far open no form any more."""
    session.pop("csrf", None)
