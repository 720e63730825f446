"""The user of scenario `cpu-heavy`."""

from loadtests.users.lean import LeanUser


class CpuHeavy(LeanUser):
    """Asks for a computation of a tenth of a second."""

    scenario = "cpu-heavy"
