"""The user of scenario `context`."""

import itertools

from loadtests.load.wire import Address, Wanted
from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from loadtests.users.choice import Choice
from loadtests.users.lean import LeanUser


class Context(LeanUser):
    """Sends a token of its own, and fails a response in which the view read another one."""

    scenario = "context"
    _numbers = itertools.count()

    def on_start(self) -> None:
        """Choose the token, beside what every user does."""
        super().on_start()
        choice = Choice.of(self.environment.parsed_options)
        scenario, token = SCENARIOS[self.scenario], f"user-{next(self._numbers):04}"
        target = scenario.target(choice.lane.styles[0], {**self.changed(choice), scenario.own: token})
        # In the view's place the state is never lost, whatever the app.
        contains = f'"view":"{token}"'.encode()
        self._wanted = Wanted.of(Exchange(target=target, contains=contains), Address.of(choice.base_url).host)
