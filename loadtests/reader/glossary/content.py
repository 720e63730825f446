"""Words about what a site does: sessions, forms, pages, errors and rows."""

from loadtests.reader import addresses
from loadtests.reader.glossary.term import Term

CONTENT: tuple[Term, ...] = (
    Term(
        "session",
        ("session",),
        "What a site remembers of a visitor from one request to the next, found by a cookie.",
        addresses.SESSIONS,
        unless=("select", "opened"),
    ),
    Term(
        "flash",
        ("flash", "get_flashed_messages", "SessionStorage"),
        "A message that is kept for the visitor's next request, and then forgotten.",
        addresses.FLASHES,
    ),
    Term(
        "form",
        ("LoginForm", "RegisterForm", "Form"),
        "Fields with rules: WTForms beside Flask, a Pydantic model beside FastAPI, Django's own.",
        addresses.FORMS,
    ),
    Term(
        "CSRF",
        ("csrf",),
        "A token in a form that another site's page cannot know, so that it cannot send the form in a visitor's name.",
        addresses.CSRF,
    ),
    Term(
        "template",
        ("render_template", "Jinja2Templates", "render_to_string", "html"),
        "A page with gaps, filled by Jinja or, in Django, by its own engine.",
        addresses.TEMPLATES,
    ),
    Term(
        "refusal",
        ("Refused", "HTTPException", "Http404", "abort"),
        "An exception that the framework turns into an answer, by the handler that was registered for it.",
        addresses.ERRORS,
    ),
    Term(
        "ORM",
        ("objects", "select", "select_related", "joinedload", "selectinload", "prefetch_related", "QuerySet"),
        "Rows as objects; what belongs to them is read along by `select_related` or `joinedload`, in the same query.",
        addresses.ORM,
    ),
    Term(
        "transaction",
        ("atomic", "transaction", "begin"),
        "Statements that take effect together or not at all.",
        addresses.TRANSACTIONS,
    ),
)
