"""The user of scenario `page`."""

from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.users.choice import Choice
from loadtests.users.lean import LeanUser
from loadtests.users.notes import NOTES
from loadtests.visiting import LOGIN_REQUESTS, logged_in


class Page(LeanUser):
    """Logs in, and asks for a page as real sites have it."""

    scenario = "page"

    def exchange(self, choice: Choice) -> Exchange:
        """Return a request in a session of this user's own."""
        scenario, style = SCENARIOS[self.scenario], choice.lane.styles[0]
        headers = (("Cookie", logged_in(choice.base_url, style)),)
        NOTES.beside += LOGIN_REQUESTS
        target = scenario.target(style, self.changed(choice))
        return Exchange(target=target, headers=headers, contains=scenario.contains)
