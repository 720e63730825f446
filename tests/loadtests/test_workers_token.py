"""Who may take part, who is lost, and what is said: the parts that need no process."""

import msgspec
import pytest

from backing.problem import Problem
from loadtests.measurement.generator import fillable
from loadtests.messages import Member
from loadtests.workers import crewing, machine
from loadtests.workers.crewing import Crewing
from loadtests.workers.launch import invitation
from loadtests.workers.orders import (
    MASTER,
    VERSION,
    WORKER,
    Answer,
    Challenge,
    Handshake,
    Hello,
    Order,
    Refusal,
    Said,
    shape,
)
from loadtests.workers.roll import SILENT_S, Roll
from loadtests.workers.secret import Forged, Seal, chosen_token, new_nonce, new_token, proof, proves

TOKEN = new_token()


def seals(token: str = TOKEN) -> tuple[Seal, Seal]:
    return Seal(TOKEN, MASTER, WORKER, b"1", b"2"), Seal(token, WORKER, MASTER, b"1", b"2")


def test_what_is_signed_arrives_as_it_was_said() -> None:
    master, worker = seals()
    assert [worker.read(master.sign(each)) for each in (b"go", b"halt")] == [b"go", b"halt"]
    assert master.read(worker.sign(b"ready")) == b"ready"


def test_nobody_else_can_say_it_or_say_it_again() -> None:
    master, worker = seals()
    said = master.sign(b"go")
    _, stranger = seals(new_token())
    for reader, message in (
        (worker, said[:-1] + b"?"),
        (worker, b""),
        (worker, stranger.sign(b"go")),
        (stranger, said),
        (master, said),
    ):
        with pytest.raises(Forged):
            reader.read(message)
    assert worker.read(said) == b"go"
    with pytest.raises(Forged):
        worker.read(said)


def test_a_message_that_was_lost_does_not_stop_those_after_it() -> None:
    master, worker = seals()
    master.sign(b"lost")
    assert worker.read(master.sign(b"go")) == b"go"


def test_a_short_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(crewing.TOKEN_VARIABLE, "secret")
    with pytest.raises(Problem, match="has 6 characters; give at least 16"):
        chosen_token()
    monkeypatch.setenv(crewing.TOKEN_VARIABLE, TOKEN)
    assert chosen_token() == TOKEN
    monkeypatch.delenv(crewing.TOKEN_VARIABLE)
    assert chosen_token() != chosen_token()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def say_hello(roll: Roll, name: str, token: str = TOKEN, *, version: str = VERSION) -> tuple[Seal | None, str | None]:
    """Return a worker's seal where it is taken in, and why it is refused where it is not."""
    member = Member(name=name, machine="elsewhere", cores=(0,))
    hello = Hello(version=version, nonce=new_nonce(), member=member, pid=1, pids="")
    challenge = roll.hello(name, hello)
    if isinstance(challenge, Refusal):
        return None, challenge.why
    assert isinstance(challenge, Challenge)
    assert proves(challenge.proof, TOKEN, MASTER, hello.nonce, challenge.nonce)
    refusal = roll.enrol(name, Answer(proof=proof(token, WORKER, hello.nonce, challenge.nonce)))
    return Seal(token, WORKER, MASTER, hello.nonce, challenge.nonce), None if refusal is None else refusal.why


def test_who_knows_the_token_is_taken_in_and_who_does_not_is_not() -> None:
    roll = Roll(TOKEN, 2, Clock())
    assert say_hello(roll, "a")[1] is None
    assert say_hello(roll, "b", new_token())[1] == "it does not know its master's token: give it in TRILANE_TOKEN"
    assert "use the same Trilane on both" in (say_hello(roll, "c", version=f"{VERSION}0")[1] or "")
    assert [each.name for each in roll.present().values()] == ["worker 1 (a)"]
    assert roll.strangers == {"b"}


def test_messages_of_another_shape_are_another_version() -> None:
    one, other = (msgspec.defstruct("Forget", [("number", int), (name, str)], tag="forget") for name in ("key", "keys"))
    assert VERSION.endswith(shape([Handshake, Order, Said]))
    assert shape([one]) != shape([other])


def test_an_answer_to_nothing_proves_nothing() -> None:
    roll = Roll(TOKEN, 2, Clock())
    assert roll.enrol("a", Answer(proof=proof(TOKEN, WORKER, b"", b""))) is not None
    assert not roll.present()


def test_nobody_is_taken_in_once_all_are_there_nor_one_that_was_lost() -> None:
    roll = Roll(TOKEN, 1, Clock())
    say_hello(roll, "a")
    assert "has all the 1 workers" in (say_hello(roll, "b")[1] or "")
    roll.lose("a", "it left")
    assert "goes on without it" in (say_hello(roll, "a")[1] or "")
    assert "has all" in (say_hello(roll, "c")[1] or "")


def test_who_leaves_before_all_are_there_is_no_loss_of_the_run() -> None:
    roll = Roll(TOKEN, 2, Clock())
    for name in ("a", "b", "c"):
        say_hello(roll, name)
        if name == "a":
            roll.lose("a", "it left")
    assert [each.name for each in roll.present().values()] == ["worker 2 (b)", "worker 3 (c)"]
    assert roll.tell_lost() is None
    roll.lose("c", "it left")
    assert roll.tell_lost() is not None


def test_a_worker_that_is_not_heard_is_lost_and_what_it_says_later_does_not_count() -> None:
    clock = Clock()
    roll = Roll(TOKEN, 2, clock)
    (silent, _), (heard, _) = say_hello(roll, "silent"), say_hello(roll, "heard")
    assert silent is not None
    assert heard is not None
    for _ in range(8):
        clock.now += SILENT_S / 7
        assert roll.read("heard", heard.sign(b"tick")) == b"tick"
        roll.look()
    assert [member.name for member in roll.present().values()] == ["worker 2 (heard)"]
    assert (roll.has_lost({"silent", "heard"}), roll.has_lost({"heard"})) == (True, False)
    lost = roll.tell_lost()
    assert lost is not None
    assert (lost.worker, lost.why) == ("worker 1 (silent)", f"it was not heard for {8 / 7 * SILENT_S:.1f} s")
    assert roll.tell_lost() is None
    assert roll.read("silent", silent.sign(b"report")) is None


def test_a_master_that_was_held_up_itself_loses_nobody_for_it() -> None:
    clock = Clock()
    roll = Roll(TOKEN, 1, clock)
    say_hello(roll, "a")
    clock.now += 10 * SILENT_S
    roll.look()
    assert len(roll.present()) == 1


def test_what_nobody_signed_is_not_read() -> None:
    roll = Roll(TOKEN, 1, Clock())
    say_hello(roll, "a")
    assert roll.read("a", b"report") is None
    assert roll.read("b", b"report") is None


def test_workers_fill_as_many_cores_as_their_machines_let_them_have() -> None:
    here = [Member(name=str(each), machine="here", cores=(0,)) for each in range(3)]
    there = [Member(name=str(each), machine="there", cores=(each,)) for each in range(2)]
    unknown = [Member(name="mac", machine="mac", cores=())]
    assert (fillable(here), fillable(there), fillable(unknown)) == (1, 2, 1)
    assert fillable([*here, *there, *unknown]) == 4


def test_this_machine_is_known_by_one_name() -> None:
    assert machine.machine() == machine.machine()
    assert machine.runs(1)


def asked(
    workers: str | None = None,
    expect_workers: str | None = None,
    bind: str | None = None,
    lost_workers: str | None = None,
) -> Crewing | None:
    return crewing.crewing(workers=workers, expect_workers=expect_workers, bind=bind, lost_workers=lost_workers)


def test_without_a_wish_the_load_agent_works_alone_and_workers_stay_on_the_loopback_address() -> None:
    assert asked() is None
    assert asked(workers="3") == Crewing(workers=3)
    assert asked(expect_workers="2") == Crewing(workers=2, expected=True, host="127.0.0.1", port=5557)
    assert asked(expect_workers="2", bind="10.0.0.1:7000", lost_workers="go-on") == Crewing(
        workers=2, expected=True, host="10.0.0.1", port=7000, on_loss="go-on"
    )
    assert asked(expect_workers="1", bind="[fd00::1]:7000") == Crewing(
        workers=1, expected=True, host="fd00::1", port=7000
    )
    assert asked(expect_workers="1", bind="[::1]") == Crewing(workers=1, expected=True, host="::1", port=5557)
    assert asked(expect_workers="1", bind="fd00::1") == Crewing(workers=1, expected=True, host="fd00::1", port=5557)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"workers": "0"}, "--workers 0: give a whole number from 1 to 1000"),
        ({"workers": "two"}, "--workers two: give a whole number"),
        ({"expect_workers": "1001"}, "--expect-workers 1001: give a whole number"),
        ({"workers": "2", "expect_workers": "2"}, "give one of the two"),
        ({"workers": "2", "bind": "10.0.0.1"}, "--bind is for workers of other machines"),
        ({"bind": "10.0.0.1"}, "add --workers N or --expect-workers N"),
        ({"lost_workers": "stop"}, "add --workers N or --expect-workers N"),
        ({"workers": "2", "lost_workers": "ignore"}, "use one of stop, go-on"),
        ({"expect_workers": "2", "bind": "0.0.0.0"}, "one address at which they"),  # noqa: S104 - it is refused
        ({"expect_workers": "2", "bind": "::"}, "one address at which they reach this machine"),
        ({"expect_workers": "2", "bind": "example.org"}, "give an IP address of this machine"),
        ({"expect_workers": "2", "bind": "10.0.0.1:port"}, "give HOST or HOST:PORT"),
        ({"expect_workers": "2", "bind": "10.0.0.1:70000"}, "give HOST or HOST:PORT"),
        ({"expect_workers": "2", "bind": "10.0.0.1:0"}, "give HOST or HOST:PORT"),
        ({"expect_workers": "2", "bind": "http://10.0.0.1"}, "give HOST or HOST:PORT"),
        ({"expect_workers": "2", "bind": "[10.0.0.1]:7000"}, "give HOST or HOST:PORT"),
    ],
)
def test_what_cannot_be_is_refused_by_its_option(typed: dict[str, str], said: str) -> None:
    with pytest.raises(Problem, match=said):
        asked(**typed)


def test_the_line_to_type_on_other_machines_holds_address_and_token() -> None:
    line = invitation("10.0.0.1", 5557, TOKEN)
    assert f"TRILANE_TOKEN={TOKEN} trilane worker --master 10.0.0.1:5557" in line
