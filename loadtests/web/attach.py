"""Wire everything up when Locust starts: guards and tabs where there is a web UI, notes wherever load is made."""

import logging

from gevent import get_hub
from locust import runners
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.users.choice import Choice
from loadtests.web.pieces import EVERY_S, Pieces, by_message, pass_on
from loadtests.workers.astray import heed

_LOG = logging.getLogger(__name__)


def attach(environment: Environment) -> None:
    """Set up this process by what it is: with a web UI or without one, alone, a master or a worker.

    Raises `Problem` when nothing can be loaded, or the web UI cannot listen where it was asked to.
    """
    # Locust counts a run time by the loop's clock, which stood still while everything was imported.
    get_hub().loop.update_now()
    runners.WORKER_REPORT_INTERVAL = EVERY_S
    pass_on(environment)
    if isinstance(environment.runner, WorkerRunner):
        # A test names it so where it is lost.
        _LOG.info("this worker is called %s", environment.runner.client_id)
        heed(environment.runner)
        Pieces(environment, by_message(environment))
    elif environment.web_ui is not None:
        # Workers, and runs without a page, do without all that this imports.
        from loadtests.web.inside import attach_to_ui  # noqa: PLC0415

        attach_to_ui(environment, environment.web_ui)
    else:
        Choice.of(environment.parsed_options)
        if not isinstance(environment.runner, MasterRunner):
            Pieces(environment, lambda _: None)
