"""Mutations of sessions, of the forms and their tokens, and of messages for the next request."""

from contract.conformance.flashes import flashes
from contract.conformance.forms import forms
from contract.conformance.people import people
from contract.conformance.tampering import tampering
from tests.contract.mutation import Mutation

PEOPLE: tuple[Mutation, ...] = (
    Mutation(
        "an id that outlives the login", "flask-thread", "flask_app/sessions.py",
        (("    current_app.session_interface.regenerate(session)", "    current_app"),),
        people, "sync session: the cookie from before the login names nobody", session_store="valkey",
    ),
    Mutation(
        "a session that outlives the logout", "fastapi-coroutine", "fastapi_app/stores.py",
        (('(session.key if not session.held else "")', '""'),),
        people, "async session: the cookie of a session that has ended", session_store="valkey",
    ),
    Mutation(
        "a cookie that scripts can read", "fastapi-coroutine", "fastapi_app/stores.py",
        (("httponly=True", "httponly=False"),), people, "async session: it begins with a form",
    ),
    Mutation(
        "an answer that may be given to others", "fastapi-thread", "fastapi_app/stores.py",
        (("    if session.accessed or session.modified:\n", "    if session.modified:\n"),),
        people, "sync session: nobody is known at first",
    ),
    Mutation(
        "a signature that nobody looks at", "fastapi-coroutine", "fastapi_app/stores.py",
        (("signer().loads(cookie, max_age=settings().session_lifetime_s)", "signer().loads_unsafe(cookie)[1]"),),
        tampering, "async session: a forged session names nobody",
    ),
    Mutation(
        "a form without its token", "django-coroutine", "django_app/csrf.py",
        (("    _guard().process_view(request, None, (), {})\n", "    return\n"),),
        forms, "async forms_login refuses no token",
    ),
    Mutation(
        "a value that is not escaped", "flask-thread", "flask_app/templates/login.html",
        (("{{ form.name.data }}", "{{ form.name.data|safe }}"),), forms, "sync forms_login after a long name in markup",
    ),
    Mutation(
        "a name whose spaces are cut off", "django-thread", "django_app/fields.py",
        (("strip=False", "strip=True"),), forms, "sync forms_login takes a name of spaces",
    ),
    Mutation(
        "a message that is read twice", "fastapi-thread", "fastapi_app/flashes.py",
        (('request.session.pop("flashes", [])', 'request.session.get("flashes", [])'),),
        flashes, "sync flash_read: a message that was read is gone",
    ),
)  # fmt: skip
