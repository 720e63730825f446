"""The user of scenario `signals`."""

from loadtests.users.lean import LeanUser


class Signals(LeanUser):
    """Asks for a signal to be sent to ten receivers."""

    scenario = "signals"
