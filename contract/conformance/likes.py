"""Does a counter keep what many add to it at the same moment? Under every lock but none at all, each like counts."""

import json
from collections.abc import Iterator

from contract.conformance.answers import encoded
from contract.conformance.case import Case, differences, refusal
from contract.conformance.check import Check, judged
from contract.conformance.questions import bad_cases
from contract.conformance.target import Target
from contract.conformance.together import ask_together
from contract.conformance.written import own_article
from contract.endpoints import BY_NAME
from contract.errors import no_article
from contract.rows.writing import LOCK
from contract.sent import LARGEST_ID

AT_ONCE = 60
UNSAFE = "none"


def likes(target: Target) -> Iterator[Check]:
    """Check that likes are counted one by one, refused where there is no article, and kept when many come at once."""
    with own_article(target.client) as article_id:
        path = f"/{target.style}/articles/{article_id}/like"
        for number, query in enumerate(("", *(f"?{LOCK.name}={lock}" for lock in LOCK.choices)), 1):
            name = f"{target.style} articles_like{query.replace('?', ' ')}"
            case = Case(name, path + query, encoded({"id": article_id, "likes": number}), "POST")
            yield judged(name, differences(case, target.client.ask(case.path, method="POST")))
        for lock in LOCK.choices:
            if lock != UNSAFE:
                name = f"{target.style} articles_like {LOCK.name}={lock} keeps {AT_ONCE} likes that come at once"
                yield judged(name, _lost(target, article_id, lock))
    for case in _refusals(target):
        yield judged(case.name, differences(case, target.client.ask(case.path, method=case.method)))


def _lost(target: Target, article_id: int, lock: str) -> Iterator[str]:
    before = _counted(target, article_id)
    path = f"/{target.style}/articles/{article_id}/like?{LOCK.name}={lock}"
    together = ask_together(target.base_url, [path] * AT_ONCE, method="POST")
    yield from together.refused
    told = sorted(int(json.loads(answer.content)["likes"]) for answer in together.answers if answer.is_success)
    after = _counted(target, article_id)
    if after - before != len(told):
        yield f"{len(told)} likes were answered and {after - before} counted"
    if told != list(range(before + 1, before + 1 + len(told))):
        yield f"{len(told) - len(set(told))} answers tell the same number as another one"


def _counted(target: Target, article_id: int) -> int:
    return int(json.loads(target.client.ask(f"/{target.style}/articles/{article_id}").body)["likes"])


def _refusals(target: Target) -> Iterator[Case]:
    for lock in LOCK.choices:
        path = f"/{target.style}/articles/{LARGEST_ID}/like?{LOCK.name}={lock}"
        name = f"{target.style} articles_like {LOCK.name}={lock} needs an article"
        yield refusal(name, path, 404, str(no_article(LARGEST_ID)), method="POST")
    yield from bad_cases(BY_NAME["articles_like"], target)
