"""The right answers, computed from the contract and the seeded articles alone, by other means than the apps use."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from backing.articles import articles, authors
from contract.bodies import Article, Echo, Summary
from contract.checksums import native_checksum, python_checksum
from contract.queries import ARTICLES

# Ten thousand articles: that so many draws give the same one happens never.
ENOUGH = 5
Parameters = Mapping[str, str | int]
Body = bytes | Callable[[bytes], Iterable[str]]


def encoded(value: object) -> bytes:
    """Return JSON as the contract wants it: UTF-8, unescaped, no spaces, no final newline, keys in the given order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def right_body(endpoint: str, parameters: Parameters) -> Body:
    """Return the one right body, or a function that names what is wrong with a body that has a random part.

    Of `context_echo` this is the body where the token survived everywhere.
    """
    return _BODIES[endpoint](parameters)


def row(article_id: int, kind: type[Article | Summary] = Article) -> dict[str, object]:
    """Return one article as JSON carries it: in the order of the columns, the time in whole seconds of UTC."""
    made = msgspec.structs.asdict(articles()[article_id - 1])
    made["created_at"] = f"{made['created_at']:%Y-%m-%dT%H:%M:%SZ}"
    return {name: made[name] for name in kind.__struct_fields__}


def _hello(_: Parameters) -> bytes:
    return encoded({"message": "hello"})


def _context_add(parameters: Parameters) -> bytes:
    return encoded({"sum": int(parameters["a"]) + int(parameters["b"]), "name": "curry"})


def _context_home(_: Parameters) -> bytes:
    return encoded({"name": None})


def echo(token: str, *, lost: bool) -> bytes:
    """Return the body of `context_echo`: the token in every place, but none in the other thread where it is `lost`."""
    return encoded({place: None if lost and place == "thread" else token for place in Echo.__struct_fields__})


def echo_with_a_stale_thread(token: str) -> Body:
    """Return what is wrong with a body of `context_echo` whose other thread may hold what was left there before."""
    return lambda body: _stale_differences(body, token)


def _stale_differences(body: bytes, token: str) -> Iterator[str]:
    found = json.loads(body)
    if list(found) != list(Echo.__struct_fields__) or found | {"thread": None} != json.loads(echo(token, lost=True)):
        yield f"body {body.decode()}, not {echo(token, lost=True).decode()}"
    elif found["thread"] == token:
        yield "the token is in the other thread, where it cannot be"


def _context_echo(parameters: Parameters) -> bytes:
    return echo(str(parameters["token"]), lost=False)


def _signals(parameters: Parameters) -> bytes:
    receivers = int(parameters["receivers"])
    return encoded({"receivers": receivers, "total": sum(range(1, receivers + 1))})


def _articles_list(parameters: Parameters) -> bytes:
    newest = [row(ARTICLES - place, Summary) for place in range(int(parameters["limit"]))]
    return encoded({"articles": newest, "count": len(newest)})


def _articles_get(parameters: Parameters) -> bytes:
    return encoded(row(int(parameters["id"])))


def _articles_random(parameters: Parameters) -> Body:
    return lambda body: _random_differences(body, int(parameters["count"]))


def _random_differences(body: bytes, count: int) -> Iterator[str]:
    try:
        ids = [int(article["id"]) for article in json.loads(body)["articles"]]
        right = encoded({"articles": [row(article_id) for article_id in ids], "count": count})
    except (ValueError, LookupError, TypeError) as error:
        yield f"no list of articles in the body: {error}"
        return
    if len(ids) != count:
        yield f"{len(ids)} articles, not {count}"
    elif count >= ENOUGH and len(set(ids)) == 1:
        yield f"article {ids[0]} was drawn {count} times"
    elif body != right:
        yield "the articles are not those of the generator"


def _with_author(article_id: int) -> dict[str, object]:
    author = authors()[articles()[article_id - 1].author_id - 1]
    return {**row(article_id), "author": msgspec.structs.asdict(author)}


def _orm_list(parameters: Parameters) -> bytes:
    newest = [_with_author(ARTICLES - place) for place in range(int(parameters["limit"]))]
    return encoded({"articles": newest, "count": len(newest)})


def _orm_get(parameters: Parameters) -> bytes:
    return encoded(_with_author(int(parameters["id"])))


def _wait(parameters: Parameters) -> bytes:
    return encoded({"ms": int(parameters["ms"])})


def _upstream(parameters: Parameters) -> bytes:
    calls = int(parameters["calls"])
    return encoded({"calls": calls, "statuses": [200] * calls})


def _cpu_python(parameters: Parameters) -> bytes:
    return encoded({"checksum": python_checksum(int(parameters["rounds"]))})


def _cpu_native(parameters: Parameters) -> bytes:
    return encoded({"checksum": native_checksum(int(parameters["rounds"]))})


_BODIES: dict[str, Callable[[Parameters], Body]] = {
    "hello": _hello,
    "context_add": _context_add,
    "context_home": _context_home,
    "context_echo": _context_echo,
    "signals": _signals,
    "articles_list": _articles_list,
    "articles_get": _articles_get,
    "articles_random": _articles_random,
    "orm_list": _orm_list,
    "orm_get": _orm_get,
    "wait": _wait,
    "upstream": _upstream,
    "cpu_python": _cpu_python,
    "cpu_native": _cpu_native,
}
