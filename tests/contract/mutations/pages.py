"""Mutations of pages, of what is counted of them, of what a request looks like from inside, and of limits."""

from contract.conformance.limits import limits
from contract.conformance.pages import pages, static_files
from contract.conformance.seen import seen
from contract.conformance.visits import agreement, visits
from tests.contract.mutation import Mutation

PAGES = (
    Mutation(
        "a title that is not escaped", "flask-thread", "flask_app/templates/articles.html",
        (('">{{ article.title }}</a>', '">{{ article.title|safe }}</a>'),), pages, "sync pages_articles?limit=100",
    ),
    Mutation(
        "a quote that ends an attribute", "django-coroutine", "django_app/templates/articles.html",
        (('title="{{ article.title }}"', 'title="{{ article.title|safe }}"'),), pages, "async pages_articles?limit=100",
    ),
    Mutation(
        "a page that does not know who is logged in", "fastapi-thread", "fastapi_app/pages.py",
        (("visitor=person(request)", "visitor=None"),), pages, "sync page id=1 for curry-30",
    ),
    Mutation(
        "a page that greets everybody as the last one", "flask-thread", "flask_app/sessions.py",
        (('    name: str | None = session.get("name")\n', '    name = _last[0] = session.get("name") or _last[0]\n'),
         ('routes = Blueprint("sessions", __name__)\n', 'routes = Blueprint("sessions", __name__)\n_last = ["pyy"]\n')),
        pages, "sync page id=1 for anybody",
    ),
    Mutation(
        "a signal that the page does not send", "django-thread", "django_app/pages.py",
        (("told = article_viewed(1).send(None)", "told = []"),), pages, "sync page id=1",
    ),
    Mutation(
        "static files that are not there", "fastapi-coroutine", "fastapi_app/pages.py",
        (('served(request, "static"', 'served(request, "templates"'),), static_files, "/static/site.css is served",
    ),
    Mutation(
        "a page that is not counted", "flask-async-view", "flask_app/visits.py",
        (("@before_render_template.connect\n", ""),), visits, "async visits: a new visitor",
    ),
    Mutation(
        "a page that is counted twice", "django-coroutine", "django_app/visits.py",
        (("    await counted.count_async(_visit(page))\n", "    await counted.count_async(_visit(page))\n" * 2),),
        visits, "async visits: a visitor who comes again",
    ),
    Mutation(
        "a visitor who is new each time", "fastapi-coroutine", "fastapi_app/visits.py",
        (("visitor = visitor_of(known)", "visitor = visitor_of(None)"),),
        visits, "async visits: a visitor who comes again",
    ),
    Mutation(
        "a cookie that scripts can read", "django-thread", "django_app/visits.py",
        ((", httponly=True", ""),), visits, "sync visits: a cookie to know them by",
    ),
    Mutation(
        "all visitors at one address", "flask-thread", "flask_app/visits.py",
        (('request.remote_addr or ""', '"127.0.0.1"'),), visits, "sync visits: another address",
    ),
    Mutation(
        "a login page that is not counted as one", "django-thread", "backing/visits.py",
        (("if visit.page == LOGIN_PAGE:", 'if visit.page == "log-in.html":'),), visits, "sync visits: the login page",
    ),
    Mutation(
        "visits that change by being looked at", "fastapi-thread", "fastapi_app/visits.py",
        (("    return json(counted.totals())\n",
          '    counted.count(Visit("visits", "nobody", ""))\n    return json(counted.totals())\n'),),
        agreement, "/visits is the same whichever process answers",
    ),
    Mutation(
        "a file whose content is not looked at", "flask-thread", "backing/uploads.py",
        (('hashlib.file_digest(file, "sha256")', "hashlib.sha256()"),),
        seen, "sync request_send sees a form with files",
    ),
    Mutation(
        "arguments of which only one is seen", "fastapi-coroutine", "fastapi_app/inspecting.py",
        (("request.query_params.getlist(name)", "[request.query_params[name]]"),),
        seen, "async request_show sees all of a request",
    ),
    Mutation(
        "a query that is read by the codec of a body", "django-thread", "django_app/wsgi.py",
        (("_handler.request_class = OverWsgi\n", ""),), seen, "sync request_show reads its query as UTF-8",
    ),
    Mutation(
        "a form that is read by whatever codec", "fastapi-coroutine", "fastapi_app/parameters.py",
        (("asked = _by_utf_8(request)", "asked = request"),), seen, "async request_send sees UTF-8",
    ),
    Mutation(
        "a redirect to anywhere", "django-thread", "contract/parameters.py",
        (('or text[1:2] in {"/", "\\\\"}', ""),), seen, "sync request_show refuses redirect",
    ),
    Mutation(
        "a form of any number of fields", "django-coroutine", "backing/posted.py",
        (("> FIELDS", "> 2 * FIELDS"),), seen, "async session_login refuses 1001",
    ),
    Mutation(
        "a query of any length", "flask-thread", "flask_app/hooks.py",
        (("and (status := refusal())", "and (status := 0)"),), limits, "sync a query of 8001 bytes",
    ),
    Mutation(
        "a body that is not judged by what it says of itself", "django-coroutine", "django_app/limits.py",
        (("if not is_unread and announced_bytes <= BODY_BYTES:", "if not is_unread:"),),
        limits, "async limits",
    ),
    Mutation(
        "a body that is read though nobody needs it", "django-coroutine", "django_app/limits.py",
        (("    if is_unread and not _is_announced(scope):\n", "    if is_unread:\n"),), limits, "async limits",
    ),
    Mutation(
        "a form that is read as far as it comes", "django-thread", "django_app/requests.py",
        (('        if self.method == "POST":\n', "        if not self.method:\n"),),
        seen, "sync request_send refuses a form that is cut off",
    ),
    Mutation(
        "chunks that nobody counts", "fastapi-coroutine", "fastapi_app/limits.py",
        (("        read_bytes += len", "        len"),), limits, "async a body of 1048577 bytes in chunks",
    ),
)  # fmt: skip
