"""Do articles come and go by the ORM, with their tags? What was written is read back by SQL, to the byte."""

import json
from collections.abc import Iterator

from contract.conformance.answers import encoded
from contract.conformance.case import Case, differences, error, refusal
from contract.conformance.check import Check, judged
from contract.conformance.client import Answer
from contract.conformance.questions import bad_cases
from contract.conformance.target import Target
from contract.conformance.written import CREATED, TOO_LONG, bad_bodies, fields, own_article
from contract.endpoints import BY_NAME
from contract.errors import TITLE_TAKEN, no_article, no_author
from contract.queries import ARTICLES
from contract.sent import LARGEST_ID, TAGS

MISSING = LARGEST_ID
NUMBERS = (0, -1, LARGEST_ID + 1, "1", 1.5, True, None, 10**30)
WRONG_ARTICLE: dict[str, tuple[object, ...]] = {
    "title": ("", "x" * 201, "a\nb", "a\x00b", 1, None, ["a"]),
    "author_id": NUMBERS,
    "summary": ("x" * 301, "a\tb", 1, None),
    "body": (TOO_LONG, "a\x00b", 1, None),
}
WRONG_TAGS: dict[str, tuple[object, ...]] = {
    "tags": ("a", [""], ["A"], ["a b"], ["a\n"], ["x" * 41], ["é"], [1], None, [f"t{n}" for n in range(TAGS + 1)]),
}


def editing(target: Target) -> Iterator[Check]:
    """Check what creating, deleting and tagging an article answers, and what is there afterwards."""
    if target.reason(BY_NAME["articles_create"]) is not None:
        yield from _unavailable(target)
        return
    yield from _created(target)
    yield from _tagged(target)
    yield from _refused(target)


def _unavailable(target: Target) -> Iterator[Check]:
    for name in ("articles_create", "articles_delete", "articles_tag"):
        row = BY_NAME[name]
        path = row.url(target.style, id=MISSING) if "{id}" in row.path else row.url(target.style)
        case = refusal(f"{target.style} {name} is not available", path, 501, target.reason(row), method=row.method)
        yield _asked(target, case)


def _asked(target: Target, case: Case) -> Check:
    answer = target.client.ask(case.path, method=case.method, headers=case.headers, body=case.sent)
    return judged(case.name, differences(case, answer))


def _created(target: Target) -> Iterator[Check]:
    path, wanted = f"/{target.style}/articles", fields()
    answer = target.client.ask(path, method="POST", body=encoded({**wanted, "unknown": 1}))
    made = json.loads(answer.body)
    own = f"{path}/{made['id']}"
    right = Case(f"{target.style} articles_create", path, encoded(_right(made, wanted)), "POST", CREATED)
    wrong = [*differences(right, answer), *([] if made["id"] > ARTICLES else [f"it took the id {made['id']}"])]
    yield judged(right.name, wrong)
    yield _asked(target, Case(f"{target.style} articles_create writes what it answers", own, answer.body))
    yield from _conflicts(target, wanted)
    gone = Case(f"{target.style} articles_delete", own, b"", "DELETE", 204, content_type=None)
    yield _asked(target, gone)
    yield _asked(target, refusal(f"{target.style} articles_delete deletes", own, 404, str(no_article(made["id"]))))
    name = f"{target.style} articles_delete knows what is gone"
    yield _asked(target, refusal(name, own, 404, str(no_article(made["id"])), method="DELETE"))


def _right(made: dict[str, object], wanted: dict[str, object]) -> dict[str, object]:
    """Return the article that has to be answered; its id and its time are the app's to choose."""
    return {
        "id": made["id"],
        "title": wanted["title"],
        "author_id": wanted["author_id"],
        "summary": wanted["summary"],
        "body": wanted["body"],
        "likes": 0,
        "version": 1,
        "created_at": made["created_at"],
    }


def _conflicts(target: Target, wanted: dict[str, object]) -> Iterator[Check]:
    path, name = f"/{target.style}/articles", f"{target.style} articles_create"
    again = Case(f"{name} refuses a title twice", path, error(409, TITLE_TAKEN), "POST", 409, sent=encoded(wanted))
    yield _asked(target, again)
    other = target.client.ask(path, method="POST", body=encoded({**wanted, "author_id": 8}))
    yield judged(f"{name} takes it from another author", _status(other, CREATED))
    if other.status == CREATED:
        target.client.ask(f"{path}/{json.loads(other.body)['id']}", method="DELETE")
    unknown = encoded({**wanted, "author_id": MISSING})
    nobody = error(404, str(no_author(MISSING)))
    yield _asked(target, Case(f"{name} needs an author", path, nobody, "POST", 404, sent=unknown))


def _status(answer: Answer, right: int) -> list[str]:
    return [] if answer.status == right else [f"status {answer.status}, not {right}"]


def _tagged(target: Target) -> Iterator[Check]:
    with own_article(target.client) as article_id:
        path = f"/{target.style}/articles/{article_id}/tags"
        for what, tags in {
            "some": ["web", "async", "web", "a-1"],
            "others, some of them new": ["async", "zoo", "x" * 40],
            "none": [],
        }.items():
            right = encoded({"id": article_id, "tags": sorted(set(tags))})
            sent = encoded({"tags": tags})
            yield _asked(target, Case(f"{target.style} articles_tag sets {what}", path, right, "PUT", sent=sent))
        target.client.ask(path, method="PUT", body=encoded({"tags": ["web"]}))
        own = path.removesuffix("/tags")
        gone = Case(f"{target.style} articles_delete takes the tags along", own, b"", "DELETE", 204, content_type=None)
        yield _asked(target, gone)


def _refused(target: Target) -> Iterator[Check]:
    base, right = f"/{target.style}/articles", fields()
    tag, path = f"{target.style} articles_tag", f"{base}/{MISSING}/tags"
    cases = [
        *bad_bodies(Case(f"{target.style} articles_create", base, b"", "POST"), right, WRONG_ARTICLE),
        *bad_bodies(Case(tag, path, b"", "PUT"), {"tags": []}, WRONG_TAGS),
        *bad_cases(BY_NAME["articles_delete"], target),
        *bad_cases(BY_NAME["articles_tag"], target),
    ]
    missing = error(404, str(no_article(MISSING)))
    sent = encoded({"tags": ["web"]})
    cases.append(Case(f"{tag} needs an article", path, missing, "PUT", 404, sent=sent))
    for case in cases:
        yield _asked(target, case)
