"""Who is there: the workers that have shown the token, when each was last heard, and who is lost."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from loadtests.messages import Lost, Member
from loadtests.workers import machine
from loadtests.workers.orders import MASTER, UNLIKE, VERSION, WORKER, Answer, Challenge, Hello, Refusal
from loadtests.workers.secret import Forged, Seal, new_nonce, proof, proves

SILENT_S = 1.5
"""A worker says five times a second that it is there; one that was not heard for so long is lost."""
# Who did not look for so long may not have heard either: what was said waits to be read.
_STALLED_S = 0.5


@dataclass
class Enrolled:
    """A worker that is there; `pid` is its process where it can be watched from here.

    `gone` says why it is lost, `told` whether the orchestrator knows.
    """

    member: Member
    seal: Seal
    pid: int | None
    heard_s: float
    gone: str | None = None
    told: bool = False


class Roll:
    """The workers by Locust's name for each; once `most` are there, nobody else is taken in, nor one that was lost.

    `strangers` have not shown the token, `refused` are those turned away for another reason, by that reason.
    """

    def __init__(self, token: str, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = token
        self._most = most
        self._clock = clock
        self._asked: dict[str, tuple[Hello, bytes]] = {}
        self._enrolled: dict[str, Enrolled] = {}
        self._looked_s = clock()
        self._complete = False
        self.strangers: set[str] = set()
        self.refused: dict[str, set[str]] = {}

    def hello(self, name: str, hello: Hello) -> Challenge | Refusal:
        """Answer one who wants to take part."""
        if hello.version != VERSION:
            return self.refuse(name, f"its master speaks version {VERSION} and it {hello.version}: {UNLIKE}")
        if name in self._enrolled:
            return Refusal(why="its master has lost it once, and goes on without it")
        nonce = new_nonce()
        self._asked[name] = (hello, nonce)
        self.strangers.add(name)
        return Challenge(nonce=nonce, proof=proof(self._token, MASTER, hello.nonce, nonce))

    def refuse(self, name: str, why: str) -> Refusal:
        """Turn one away that cannot work here whatever token it knows."""
        self.refused.setdefault(why, set()).add(name)
        return Refusal(why=why)

    def is_known(self, name: str) -> bool:
        """Tell whether this one has said anything of what workers say."""
        return any(name in known for known in (self._enrolled, self.strangers, *self.refused.values()))

    def enrol(self, name: str, answer: Answer) -> Refusal | None:
        """Take in one who shows the token; None where it is one of the workers now."""
        hello, nonce = self._asked.pop(name, (None, b""))
        if hello is None or not proves(answer.proof, self._token, WORKER, hello.nonce, nonce):
            return Refusal(why="it does not know its master's token: give it in TRILANE_TOKEN")
        self.strangers.discard(name)
        if self._complete:
            return Refusal(why=f"its master has all the {self._most} workers that it waited for")
        self._enrolled[name] = Enrolled(
            member=self._named(hello.member),
            seal=Seal(self._token, MASTER, WORKER, hello.nonce, nonce),
            pid=hello.pid if hello.member.machine == machine.machine() and hello.pids == machine.pids() else None,
            heard_s=self._clock(),
        )
        self._complete = len(self.present()) == self._most
        if self._complete:
            # Those who left before had no share of anything.
            for each in self._enrolled.values():
                each.told = each.gone is not None
        return None

    def _named(self, member: Member) -> Member:
        name = f"worker {len(self._enrolled) + 1} ({member.name})"
        return msgspec.structs.replace(member, name=name, here=member.machine == machine.machine())

    def present(self) -> dict[str, Member]:
        """Return the workers that are not lost."""
        return {name: each.member for name, each in self._enrolled.items() if each.gone is None}

    def sign(self, name: str, data: bytes) -> bytes:
        """Return the signed message for a worker."""
        return self._enrolled[name].seal.sign(data)

    def read(self, name: str, message: bytes) -> bytes | None:
        """Return what a worker said, None where it is none of them or did not say it itself."""
        worker = self._enrolled.get(name)
        if worker is None or worker.gone is not None:
            return None
        try:
            said = worker.seal.read(message)
        except Forged:
            return None
        worker.heard_s = self._clock()
        return said

    def lose(self, name: str, why: str) -> None:
        """Count a worker as lost from now on."""
        worker = self._enrolled.get(name)
        if worker is not None and worker.gone is None:
            worker.gone = why

    def look(self) -> None:
        """Lose those that ended or were not heard for too long; to be called all the time."""
        now_s = self._clock()
        stalled_s = now_s - self._looked_s
        self._looked_s = now_s
        for name, worker in self._enrolled.items():
            if stalled_s > _STALLED_S:
                worker.heard_s += stalled_s
            silent_s = now_s - worker.heard_s
            if worker.pid is not None and not machine.runs(worker.pid):
                self.lose(name, "its process ended")
            elif silent_s > SILENT_S:
                self.lose(name, f"it was not heard for {silent_s:.1f} s")

    def has_lost(self, among: Collection[str]) -> bool:
        """Tell whether one of these is lost."""
        return any(self._enrolled[name].gone is not None for name in among)

    def tell_lost(self) -> Lost | None:
        """Return a loss that the orchestrator does not know of yet, None where there is none."""
        worker = next((each for each in self._enrolled.values() if each.gone is not None and not each.told), None)
        if worker is None or worker.gone is None:
            return None
        worker.told = True
        return Lost(worker=worker.member.name, why=worker.gone, left=tuple(self.present().values()))
