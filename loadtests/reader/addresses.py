"""Pages of the frameworks' documentation, topic by topic, of the stack `current`: Flask 3.1, Django 5.2 and so on."""

FLASK = "https://flask.palletsprojects.com/en/stable/"
FASTAPI = "https://fastapi.tiangolo.com/"
STARLETTE = "https://starlette.dev/"
DJANGO = "https://docs.djangoproject.com/en/5.2/"
PYTHON = "https://docs.python.org/3/library/"

CONTEXT = {
    "Flask": f"{FLASK}appcontext/",
    "FastAPI (Starlette)": f"{STARLETTE}requests/#other-state",
    "Django": f"{DJANGO}ref/request-response/",
}
VIEWS = {
    "Flask": f"{FLASK}quickstart/#routing",
    "FastAPI": f"{FASTAPI}tutorial/first-steps/",
    "Django": f"{DJANGO}topics/http/views/",
}
ROUTES = {
    "Flask": f"{FLASK}blueprints/",
    "FastAPI": f"{FASTAPI}tutorial/bigger-applications/",
    "Django": f"{DJANGO}topics/http/urls/",
}
CLASSES = {
    "Flask": f"{FLASK}views/",
    "FastAPI (Starlette)": f"{STARLETTE}endpoints/",
    "Django": f"{DJANGO}topics/class-based-views/",
}
HOOKS = {
    "Flask": f"{FLASK}lifecycle/",
    "FastAPI (Starlette)": f"{STARLETTE}middleware/",
    "Django": f"{DJANGO}topics/http/middleware/",
}
ASYNC = {
    "Flask": f"{FLASK}async-await/",
    "FastAPI": f"{FASTAPI}async/",
    "Django": f"{DJANGO}topics/async/",
}
THREADS = {**ASYNC, "FastAPI (Starlette)": f"{STARLETTE}threadpool/"}
SIGNALS = {
    "Flask": f"{FLASK}signals/",
    "FastAPI has none": "https://blinker.readthedocs.io/en/stable/",
    "Django": f"{DJANGO}topics/signals/",
}
SESSIONS = {
    "Flask": f"{FLASK}quickstart/#sessions",
    "FastAPI (Starlette)": f"{STARLETTE}middleware/#sessionmiddleware",
    "Django": f"{DJANGO}topics/http/sessions/",
}
FLASHES = {
    "Flask": f"{FLASK}patterns/flashing/",
    "FastAPI has none": f"{STARLETTE}middleware/#sessionmiddleware",
    "Django": f"{DJANGO}ref/contrib/messages/",
}
FORMS = {
    "Flask": f"{FLASK}patterns/wtforms/",
    "FastAPI": f"{FASTAPI}tutorial/request-forms/",
    "Django": f"{DJANGO}topics/forms/",
}
CSRF = {
    "Flask": f"{FLASK}web-security/",
    "FastAPI has none": f"{FASTAPI}tutorial/security/",
    "Django": f"{DJANGO}howto/csrf/",
}
TEMPLATES = {
    "Flask": f"{FLASK}templating/",
    "FastAPI": f"{FASTAPI}advanced/templates/",
    "Django": f"{DJANGO}topics/templates/",
}
ERRORS = {
    "Flask": f"{FLASK}errorhandling/",
    "FastAPI": f"{FASTAPI}tutorial/handling-errors/",
    "Django": f"{DJANGO}topics/http/views/#returning-errors",
}
PARAMETERS = {
    "Flask": f"{FLASK}quickstart/#accessing-request-data",
    "FastAPI": f"{FASTAPI}tutorial/query-params-str-validations/",
    "Django": f"{DJANGO}ref/request-response/",
}
ORM = {
    "Flask and FastAPI (SQLAlchemy)": "https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html",
    "Django": f"{DJANGO}ref/models/querysets/",
}
TRANSACTIONS = {
    "Flask and FastAPI (SQLAlchemy)": "https://docs.sqlalchemy.org/en/21/orm/session_transaction.html",
    "Django": f"{DJANGO}topics/db/transactions/",
}
