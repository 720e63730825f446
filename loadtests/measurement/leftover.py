"""What requests that a client gave up leave behind: the server works them off all the same, at the next cell's cost."""

import time

from contract.settings import CONNECT_TIMEOUT_S
from loadtests.measurement.bench import Bench
from loadtests.measurement.errors import unanswered
from loadtests.measurement.record import Record
from loadtests.measurement.subject import Subject
from loadtests.measurement.witness import answers
from loadtests.servers import Server
from loadtests.servers.elsewhere import Elsewhere

_LOOK_EVERY_S = 0.05
# A server that has counted no answer for so long has none left to give: all may wait for the database to greet them.
_STILL_S = CONNECT_TIMEOUT_S + 0.5
_AT_MOST_S = 60.0


def work_off(ready: Bench, subject: Subject, record: Record) -> None:
    """Wait until a server has answered what nobody waits for any more; return at once where all was awaited."""
    if record.client is not None and unanswered(record.client):
        until_still(ready.target(subject))


def until_still(server: Server | Elsewhere) -> None:
    """Wait until a server counts no further answer."""
    began_s = changed_s = time.monotonic()
    counted = answers(server)
    while time.monotonic() - changed_s < _STILL_S and time.monotonic() - began_s < _AT_MOST_S:
        time.sleep(_LOOK_EVERY_S)
        found = answers(server)
        if found != counted:
            counted, changed_s = found, time.monotonic()
