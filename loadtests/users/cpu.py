"""The user of scenario `cpu`."""

from loadtests.users.lean import LeanUser


class Cpu(LeanUser):
    """Asks for a computation in pure Python."""

    scenario = "cpu"
