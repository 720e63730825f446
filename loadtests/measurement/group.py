"""A kind of work at a load: what lanes are compared under."""

import msgspec


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of work at one load: the lanes under it are compared with each other.

    With a `rate` the load is open and `users` is the most that may be in flight.
    """

    scenario: str
    users: int
    rate: float | None = None

    def __str__(self) -> str:
        if self.rate is not None:
            return f"{self.scenario}, {self.rate:g}/s arriving"
        return f"{self.scenario}, {self.users} user{'' if self.users == 1 else 's'}"
