"""The user of scenario `wait`."""

from loadtests.users.lean import LeanUser


class Wait(LeanUser):
    """Asks for a wait, as requests do that lean on other services."""

    scenario = "wait"
