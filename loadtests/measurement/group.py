"""A kind of work at a load: what lanes are compared under."""

from typing import Protocol

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


class Grouped(Protocol):
    """What belongs to a kind of work at a load: a slice, a cell, a verdict."""

    @property
    def scenario(self) -> str:
        """Return the kind of work."""

    @property
    def users(self) -> int:
        """Return how many ask at the same time, or the most that may be in flight."""

    @property
    def rate(self) -> float | None:
        """Return the arrivals per second of an open load, None for a closed one."""


def group_of(each: Grouped) -> Group:
    """Return the kind of work and the load that something belongs to."""
    return Group(scenario=each.scenario, users=each.users, rate=each.rate)


def file_stem(each: Grouped, name: str) -> str:
    """Return what a cell's files are called, without their folder and ending; `name` is the cell's."""
    load = f"{each.users}" if each.rate is None else f"{each.rate:g}-per-s"
    # A factor may be a path, such as where a login leads.
    return f"{each.scenario}-{load}-{name.replace(' ', '-').replace('/', '%2F')}"
