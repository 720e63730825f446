"""How Locust's process asks whoever measures: one question at a time, each with its own answer."""

from collections.abc import Callable

import gevent

from backing.problem import Problem
from loadtests.web.messages import Reply, Request

Ask = Callable[[Request], Reply]
"""Asks whoever measures; raises `Problem` when it cannot be done."""


def whole(ask: Ask) -> Ask:
    """Let each question get its answer, whoever asked it being killed meanwhile: else the next one would read it."""

    def caught(request: Request) -> Reply | Problem:
        try:
            return ask(request)
        except Problem as problem:
            return problem

    def asked(request: Request) -> Reply:
        reply = gevent.spawn(caught, request).get()
        if isinstance(reply, Problem):
            raise reply
        return reply

    return asked
