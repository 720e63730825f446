"""The user of scenario `articles`."""

from loadtests.users.lean import LeanUser


class Articles(LeanUser):
    """Asks for the newest articles, through the pool."""

    scenario = "articles"
