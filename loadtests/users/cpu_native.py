"""The user of scenario `cpu-native`."""

from loadtests.users.lean import LeanUser


class CpuNative(LeanUser):
    """Asks for a computation in C."""

    scenario = "cpu-native"
