"""Locust's own HTTP users, for comparison: what load tests are written with as a rule."""

import time

import gevent
from locust import FastHttpUser, HttpUser, task
from locust.runners import Runner

from loadtests.messages import Reading, Yardstick


class FastHttp(FastHttpUser):
    """Locust's faster user."""

    target = "/"

    @task
    def ask(self) -> None:
        """Send one request."""
        self.client.get(self.target)


class Http(HttpUser):
    """Locust's usual user."""

    target = "/"

    @task
    def ask(self) -> None:
        """Send one request."""
        self.client.get(self.target)


CLASSES: dict[str, type[FastHttp] | type[Http]] = {"fast_http": FastHttp, "http": Http}


def measure(runner: Runner, request: Yardstick) -> Reading:
    """Spawn the users, count what they complete in the window, and stop them."""
    user_class = CLASSES[request.client]
    user_class.host = request.base_url
    user_class.target = request.target
    count = {user_class.__name__: request.users}
    total = runner.stats.total
    runner.spawn_users(count)
    gevent.sleep(request.settle_s)
    start_s, requests, failures = time.monotonic(), total.num_requests, total.num_failures
    gevent.sleep(request.window_s)
    taken_s = time.monotonic() - start_s
    reading = Reading(requests_per_s=(total.num_requests - requests) / taken_s, failures=total.num_failures - failures)
    runner.stop_users(count)
    return reading
