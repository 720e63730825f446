"""What each endpoint takes and answers, by name: what the table of endpoints does not say, and a document has to."""

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from contract import bodies, forms, sent
from contract.parameters import Token
from contract.rows.writing import KEY

HTML = "text/html"
CSS = "text/css"
FORM = "application/x-www-form-urlencoded"
ANY_FORM = "a form of any fields, with files"
NOTHING = ""
# What is known of it is that it is an object: it grows with what is worth knowing of a process.
OBJECT = "object"

Answer: TypeAlias = type[msgspec.Struct] | str
Taken: TypeAlias = type[msgspec.Struct] | tuple[forms.Field, ...] | str


@dataclass(frozen=True)
class Described:
    """One endpoint: the body of each status below 400 and of each that is no error of the usual shape.

    `refuses` are the errors of the usual shape that only it has, `takes` is what its request carries, `headers` are
    those that it needs.
    """

    answers: dict[int, Answer]
    refuses: tuple[int, ...] = ()
    takes: Taken = NOTHING
    headers: tuple[Token, ...] = ()


DESCRIBED: dict[str, Described] = {
    "hello": Described({200: bodies.Hello}),
    "context_add": Described({200: bodies.Sum}),
    "context_home": Described({200: bodies.Name}),
    "context_echo": Described({200: bodies.Echo}),
    "signals": Described({200: bodies.Receipts}),
    "wait": Described({200: bodies.Waited}),
    "cpu_python": Described({200: bodies.Checksum}),
    "cpu_native": Described({200: bodies.Checksum}),
    "fail": Described({}, (418, 500)),
    "articles_list": Described({200: bodies.Summaries}),
    "articles_random": Described({200: bodies.Articles}),
    "articles_get": Described({200: bodies.Article}, (404,)),
    "orm_list": Described({200: bodies.ArticlesWithAuthors}),
    "orm_get": Described({200: bodies.ArticleWithAuthor}, (404,)),
    "upstream": Described({200: bodies.Upstream}),
    "pages_articles": Described({200: HTML}),
    "page": Described({200: HTML}, (404,)),
    "static": Described({200: CSS}, (404,)),
    "request_show": Described({200: bodies.Seen, 303: HTML}),
    "request_send": Described({200: bodies.Seen, 303: HTML}, takes=ANY_FORM),
    "visits": Described({200: bodies.Visits}),
    "session_login": Described({200: bodies.Me}, (403, 422), forms.LOGIN),
    "session_me": Described({200: bodies.Me}),
    "session_logout": Described({200: bodies.Me}),
    "flash_leave": Described({200: bodies.Flashed}),
    "flash_read": Described({200: bodies.Flashed}),
    "forms_login": Described({200: HTML}),
    "forms_login_send": Described({303: HTML, 422: HTML}, (403,), forms.LOGIN),
    "forms_register": Described({200: HTML}),
    "forms_register_send": Described({303: HTML, 422: HTML}, (403,), forms.REGISTER),
    "admin": Described({200: HTML}, (403,)),
    "admin_static": Described({200: CSS}, (403, 404)),
    "articles_create": Described({201: bodies.Article}, (404, 409, 422), sent.NewArticle),
    "articles_delete": Described({204: NOTHING}, (404, 409)),
    "articles_tag": Described({200: bodies.Tagged}, (404, 409, 422), sent.NewTags),
    "orders_create": Described({200: bodies.Order, 201: bodies.Order}, (401, 404, 409, 422), sent.NewOrder, (KEY,)),
    "articles_like": Described({200: bodies.Liked}, (404,)),
    "health": Described({200: bodies.Health}, (503,)),
    "stats": Described({200: OBJECT}),
    "journal": Described({200: bodies.Journal}, (404,)),
}
