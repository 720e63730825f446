"""The user of scenario `hello`."""

from loadtests.users.lean import LeanUser


class Hello(LeanUser):
    """Asks for the floor of framework and server."""

    scenario = "hello"
