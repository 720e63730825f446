"""The user of scenario `order`."""

from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.users.choice import Choice
from loadtests.users.lean import LeanUser
from loadtests.users.notes import NOTES
from loadtests.visiting import LOGIN_REQUESTS, logged_in

# Orders stay, so they are of an article that stays too.
ARTICLE = 1


class Order(LeanUser):
    """Logs in and orders, each time under a key of its own."""

    scenario = "order"

    def exchange(self, choice: Choice) -> Exchange:
        """Return an order in a session of this user's own."""
        style = choice.lane.styles[0]
        cookie = logged_in(choice.base_url, style)
        NOTES.beside += LOGIN_REQUESTS
        return SCENARIOS[self.scenario].write(style, ARTICLE, cookie=cookie)
