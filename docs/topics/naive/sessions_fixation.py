"""A session whose id stays the same when somebody logs in: who planted the id is logged in with them."""

from secrets import token_urlsafe

store: dict[str, dict[str, str]] = {}


def visit(cookie: str | None) -> str:
    """Begin a session where there is none, and return its id; naive sites take any id that is sent."""
    key = cookie or token_urlsafe()
    store.setdefault(key, {})
    return key


def log_in(cookie: str, name: str) -> str:
    """Go on under the same id."""
    store[cookie]["name"] = name
    return cookie


def log_in_anew(cookie: str, name: str) -> str:
    """Go on under a new id; the one so far names nothing any more."""
    key = token_urlsafe()
    store[key] = {**store.pop(cookie), "name": name}
    return key


def name_of(cookie: str) -> str:
    """Return whose session a cookie names."""
    return store.get(cookie, {}).get("name", "nobody")


if __name__ == "__main__":
    for log in (log_in, log_in_anew):
        planted = visit(None)  # the attacker's own, which he puts into the victim's browser
        log(visit(planted), "ada")
        print(f"{log.__name__}: the planted id names {name_of(planted)}")  # noqa: T201
