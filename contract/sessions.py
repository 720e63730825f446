"""Sessions: their cookie, and what a store can and cannot promise.

A session is read where a route says that it uses one. It holds the name of whoever is logged in, the token of the
forms, and messages for the next request.
"""

COOKIE = "session"
# What the cookie says of itself, besides how long it lasts.
ATTRIBUTES = frozenset({"httponly", "path=/", "samesite=lax"})
# Whoever logs in under this name passes the guard of the second site.
ADMINISTRATOR = "administrator"

REPLAYED = {"cookie": True, "valkey": False}
"""Whether the cookie of a session that was logged out of still names whom it named.

A signed cookie holds the session itself: nothing can take back what was sent, until it expires. An id in Valkey is dead
as soon as the session is.
"""


def message_of(category: str) -> str:
    """Return the message that is left under a category."""
    return f"This was left for the next request: {category}."
