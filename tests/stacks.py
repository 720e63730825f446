"""Stacks of versions, for tests that some machines cannot run."""

import pytest

from backing.problem import Problem
from loadtests.servers import stack
from loadtests.servers.stacks import Stack


def stack_or_skip(name: str) -> Stack:
    """Return a stack; skip the test where its interpreter or its packages are not installed."""
    try:
        return stack(name)
    except Problem as problem:
        pytest.skip(str(problem))
