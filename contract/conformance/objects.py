"""What the ORM answers where there is no row; its rows are compared with those of the generator, as all answers are."""

from collections.abc import Iterator

from contract.conformance.case import differences, refusal
from contract.conformance.check import Check, judged
from contract.conformance.target import Target
from contract.endpoints import BY_NAME
from contract.errors import no_article
from contract.queries import ARTICLES


def objects(target: Target) -> Iterator[Check]:
    """Check that an article that does not exist is not found by the ORM either."""
    if target.reason(BY_NAME["orm_get"]) is None:
        for missing in (ARTICLES + 1, 2_147_483_647):
            name = f"{target.style} orm_get has no article {missing}"
            case = refusal(name, f"/{target.style}/orm/articles/{missing}", 404, str(no_article(missing)))
            yield judged(case.name, differences(case, target.client.ask(case.path)))
