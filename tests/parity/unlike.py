"""Functions beside the handlers that all three apps have and that have to be unlike: each with its reason."""

COMMANDS = "Django makes, fills and drops tables by its own ORM and migrations, the other two by SQLAlchemy"
GUARD = "WTForms keeps the token in a field, Django's middleware is asked, and FastAPI has nothing for it"

UNLIKE: dict[tuple[str, str], str] = {
    ("changes.py", "tag_async"): "Django has no transactions for coroutines, so a thread runs the plain function",
    ("commands.py", "init_db"): COMMANDS,
    ("commands.py", "drop_db"): COMMANDS,
    ("commands.py", "load"): COMMANDS,
    ("csrf.py", "check"): GUARD,
    ("csrf.py", "token"): GUARD,
    ("files.py", "served"): "each framework's own means refuse another way, and Django's streams",
    ("lifetime.py", "start_up"): "WSGI tells nothing of an end, FastAPI has a lifespan, and Django's ORM closes itself",
    ("visits.py", "count"): "a receiver of Flask's signal is plain, FastAPI's is awaited, Django has one of each",
}
