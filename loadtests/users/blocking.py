"""The user of scenario `blocking`."""

from loadtests.users.lean import LeanUser


class Blocking(LeanUser):
    """Asks for a wait that blocks."""

    scenario = "blocking"
