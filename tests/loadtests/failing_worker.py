"""A worker that cannot prepare a slice: `failing_worker.py HOST PORT raises|says-nothing`."""

import os
import sys

from loadtests.workers import worker
from loadtests.workers.orders import Prepare


class Failing(worker.Worker):
    """Knows the token and is there, and fails at its work."""

    def _prepare(self, order: Prepare) -> None:
        if sys.argv[3] == "raises":
            raise KeyError(f"slice {order.number}")


if __name__ == "__main__":
    vars(worker)["Worker"] = Failing
    code = worker.main(sys.argv[1], int(sys.argv[2]))
    sys.stderr.flush()
    os._exit(code)
