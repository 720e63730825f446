"""Block the whole thread, as a careless library would, also where `time.sleep` was made cooperative."""

import sys
import time


def block(seconds: float) -> None:
    """Sleep without giving way to other greenlets or coroutines."""
    monkey = sys.modules.get("gevent.monkey")
    sleep = monkey.get_original("time", "sleep") if monkey else time.sleep
    sleep(seconds)
