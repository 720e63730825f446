"""The user of scenario `article`."""

import itertools

from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.users.choice import Choice
from loadtests.users.lean import LeanUser


class Article(LeanUser):
    """Asks for an article of its own, and fails a response that holds another one."""

    scenario = "article"
    _numbers = itertools.count()

    def exchange(self, choice: Choice) -> Exchange:
        """Return what this user sends, and what a right answer to it begins with."""
        scenario = SCENARIOS[self.scenario]
        own = scenario.value_of(next(self._numbers))
        target = scenario.target(choice.lane.styles[0], {**self.changed(choice), scenario.own: own})
        return Exchange(target=target, contains=f'{{"id":{own},'.encode())
