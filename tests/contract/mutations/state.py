"""Mutations of carriers, hooks, signals and the second site."""

from contract.conformance.admin import admin
from contract.conformance.carriers import carriers
from contract.conformance.journal import journals
from contract.conformance.journal_people import journals_of_people
from tests.contract.mutation import Mutation

LOCAL, IN_A_MODULE = "_attribute_of(werkzeug.local.Local())", "_attribute_of(sys.modules[__name__])"
COPIED = "_threads.submit(copy_current_request_context(read)).result()"
GUARDED = "!= ADMINISTRATOR"

STATE = (
    Mutation(
        "a carrier that coroutines share", "fastapi-coroutine", "fastapi_app/context.py",
        ((LOCAL, IN_A_MODULE),), carriers, "async context_echo carrier=werkzeug-local keeps",
    ),
    Mutation(
        "a hand-written local that knows no threads", "django-thread", "backing/carriers.py",
        (("threading.get_ident()", "0"),), carriers, "sync context_echo carrier=ident-dict keeps",
    ),
    Mutation(
        "a context that another thread should not have", "flask-thread", "flask_app/context.py",
        ((COPIED, "_threads.submit(__import__('contextvars').copy_context().run, read).result()"),),
        carriers, "sync context_echo carrier=contextvar is lost where it is said to be",
    ),
    Mutation(
        "a guard that lets everybody pass, in Flask", "flask-thread", "flask_app/admin.py",
        ((GUARDED, "is ADMINISTRATOR"),), admin, "/admin is closed to a guest",
    ),
    Mutation(
        "a guard that lets everybody pass, in FastAPI", "fastapi-thread", "fastapi_app/admin.py",
        ((", dependencies=[Depends(guard)]", ""),), admin, "/admin/static/admin.css is closed to a guest",
    ),
    Mutation(
        "a guard that lets everybody pass, in Django", "django-thread", "django_app/admin.py",
        (("guard(admin_static)", "admin_static"),), admin, "/admin/static/admin.css is closed to somebody else",
    ),
    Mutation(
        "a guard that other requests meet", "flask-async-view", "flask_app/admin.py",
        (
            ("@routes.before_request", "@routes.before_app_request"),
            ("if person() != ADMINISTRATOR:", "if request.blueprint == routes.name and person() != ADMINISTRATOR:"),
            ("from flask import Blueprint", "from flask import request, Blueprint"),
        ),
        journals, "async journal: success",
    ),
    Mutation(
        "a host that nobody looks at", "fastapi-coroutine", "fastapi_app/app.py",
        (("    app.router.default = admin.by_host\n", ""),), admin, "/ under admin.example:8080 lists",
    ),
    Mutation(
        "a host that has what others have not", "django-coroutine", "django_app/hooks.py",
        ((".startswith(HOST)", '.startswith("")'),), admin, "/ is nothing elsewhere",
    ),
    Mutation(
        "a session that nobody is told of", "flask-thread", "flask_app/signals.py",
        (("    session_set.send(routes, name=name)\n", "    del name\n"),), journals_of_people, "sync journal: login",
    ),
    Mutation(
        "models that nobody watches", "django-thread", "django_app/watching.py",
        (("    **vars(of_models),\n", ""),), journals_of_people, "sync journal: created",
    ),
)  # fmt: skip
