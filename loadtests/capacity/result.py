"""What a search for the capacity yields: its steps in order, and the rate that holds."""

from typing import Literal

import msgspec

Purpose = Literal["doubling", "bisection", "confirmation"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One rate, held for `seconds`: what was promised as it was measured, and why it does not hold.

    `figures` are times in milliseconds and errors as a share. `generator_bound` says that only the generator is to
    blame, so that nothing is known of the lane at this rate; `server_ended` that the lane's server did, so that no rate
    can be asked for after this one. `limiter` is what ran out, `ceiling` what it could serve.
    """

    purpose: Purpose
    rate_per_s: float
    seconds: float
    requests: int
    qps: float | None
    figures: dict[str, float | None]
    holds: bool
    broke: list[str]
    generator_bound: bool = False
    server_ended: bool = False
    limiter: str | None = None
    ceiling: str | None = None


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """The highest rate that was seen to hold, in requests per second; None where none did.

    `users` is the most that were let in flight. `at_least` says that the generator, not the lane, ended the search.
    `confirmed` is whether the rate held over the longer window as well; `stopped_by` is what broke at the next rate.
    `partial` says that something other than the lane ended the search before its time, `interrupted` that a person did.
    """

    lane: str
    stack: str
    scenario: str
    users: int
    slo: str
    rate_per_s: float | None
    at_least: bool
    confirmed: bool
    stopped_by: str
    limiter: str | None
    ceiling: str | None
    partial: bool
    interrupted: bool
    steps: list[Step]
    sentence: str
