"""The user of scenario `upstream`."""

from loadtests.users.lean import LeanUser


class Upstream(LeanUser):
    """Asks for what takes three calls of a slow service."""

    scenario = "upstream"
