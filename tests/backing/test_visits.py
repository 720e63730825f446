import asyncio
from collections.abc import Iterator

import pytest

from backing import valkey_client
from backing.background import finish
from backing.services import Services
from backing.settings import settings
from backing.visits import PREFIX, Visit, count, count_async, totals, visitor_of
from contract.bodies import Visits
from contract.errors import Refused
from contract.visits import LOGIN_PAGE


def forget() -> None:
    """Close the connections, and forget where Valkey is."""
    valkey_client.close()
    finish(valkey_client.close_async)
    settings.cache_clear()


@pytest.fixture
def site(private_services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A site on which nobody has been yet."""
    monkeypatch.setenv("TRILANE_VALKEY_URL", private_services.valkey_url)
    forget()
    for key in valkey_client.client().scan_iter(f"{PREFIX}*"):
        valkey_client.client().delete(key)
    yield
    forget()


@pytest.mark.usefixtures("site")
def test_nobody_has_been_on_a_new_site() -> None:
    assert totals() == Visits(0, 0, 0, 0)


@pytest.mark.usefixtures("site")
def test_pages_visitors_addresses_and_login_pages_are_told_apart() -> None:
    for visit in (
        Visit("page.html", "ada", "127.0.0.1"),
        Visit("page.html", "ada", "127.0.0.2"),
        Visit(LOGIN_PAGE, "bob", "127.0.0.1"),
    ):
        count(visit)
    assert totals() == Visits(pv=3, uv=2, ips=2, login_renders=1)


@pytest.mark.usefixtures("site")
def test_coroutines_count_into_the_same_totals() -> None:
    async def visits() -> None:
        await asyncio.gather(*(count_async(Visit(LOGIN_PAGE, f"v{number % 3}", "127.0.0.1")) for number in range(50)))

    asyncio.run(visits())
    assert totals() == Visits(pv=50, uv=3, ips=1, login_renders=50)


@pytest.mark.parametrize("answer", ["sync", "async"])
def test_a_request_is_refused_where_valkey_does_not_answer(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILANE_VALKEY_URL", "valkey://127.0.0.1:9/0")
    forget()
    visit = Visit("page.html", "ada", "127.0.0.1")
    with pytest.raises(Refused) as refused:
        count(visit) if answer == "sync" else asyncio.run(count_async(visit))
    assert refused.value.status == 503
    forget()


@pytest.mark.parametrize("cookie", [None, "", "<b>", "a" * 65, "a b", "visitor-1", "A" * 16, "1" * 15])
def test_a_cookie_that_was_not_made_here_makes_a_new_visitor(cookie: str | None) -> None:
    one, other = visitor_of(cookie), visitor_of(cookie)
    assert cookie not in {one, other}
    assert one != other
    assert visitor_of(one) == one
