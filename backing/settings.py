"""What this process was told by its environment, read when it first needs it."""

from functools import cache

from contract.settings import Settings


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.from_environment()
