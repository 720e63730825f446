"""The naive versions stand in today's sources, answer as the site does, and are told as what was found of them."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loadtests.servers import own
from loadtests.servers.stacks import ROOT
from tests.loadtests.measured import client
from tests.loadtests.summaries import cell, summary, verdict
from tests.loadtests.test_bareness import BODY, STATUS, greetings
from tests.loadtests.test_duet_criteria import played
from tests.proofs import naive
from tests.proofs.comparing import Done
from tests.proofs.naively import forms, hooks, sessions
from tests.proofs.naively.checkout import Piece, checkout, replaced
from tests.proofs.naively.forms import Suffered
from tests.proofs.naively.sessions import NOBODY, Known
from tests.topics.quoting import section, stated

PIECES = {
    "only a plain function": hooks.PLAIN,
    **{name: pieces for name, (_, pieces) in hooks.WAITING.items()},
    **{f"sessions of {lane}": pieces for lane, pieces in sessions.DICTIONARY.items()},
    "no bound": forms.UNBOUNDED,
}
# Hooks that sleep and hooks that await are the same text's.
TOGETHER = [name for name in PIECES if name != hooks.AWAITING]


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES.keys())
def test_a_naive_version_stands_in_the_source_of_today(pieces: tuple[Piece, ...]) -> None:
    texts = {piece.file: (ROOT / piece.file).read_text() for piece in pieces}
    for piece in pieces:
        texts[piece.file] = replaced(texts[piece.file], piece)
    for file, text in texts.items():
        compile(text, file, "exec")


def test_what_the_source_does_not_say_once_is_not_replaced() -> None:
    piece = Piece("app.py", "now", "then")
    assert replaced("now or never", piece) == "then or never"
    for text, times in {"never": 0, "now and now": 2}.items():
        with pytest.raises(LookupError, match=f"'now' stands {times} times in app.py"):
            replaced(text, piece)


def test_a_copy_with_naive_pieces_answers_as_the_site_does_and_is_gone_at_the_end() -> None:
    site = greetings(ROOT)
    with checkout("all", [piece for name in TOGETHER for piece in PIECES[name]]) as root:
        assert root.name == "all"
        copy = greetings(root)
    assert not root.exists()
    for name, answers in site.items():
        assert [(each[STATUS], each[BODY]) for each in copy[name]] == [(each[STATUS], each[BODY]) for each in answers]


def test_lanes_of_copies_are_those_of_the_site_with_another_app(tmp_path: Path) -> None:
    file = tmp_path / "lanes.toml"
    wanted = [hooks.lane(name, like, tmp_path / name) for name, (like, _) in hooks.WAITING.items()]
    file.write_text(hooks.toml(wanted))
    lanes = own.read(file)
    assert lanes == wanted
    assert [each.name for each in lanes] == [hooks.AWAITING, hooks.SLEEPING, hooks.IN_THREADS]
    assert lanes[1].command[-3:] == ("--app-dir", str(tmp_path / hooks.SLEEPING), "fastapi_app.asgi:application")
    assert lanes[2].command[-3:] == ("--chdir", str(tmp_path / hooks.IN_THREADS), "flask_app.wsgi:application")


def known(kept: str, lost: int = 0, refused: int = 0, **other: int) -> Known:
    errors = {"wrong_body": lost, **other} if lost or other else {}
    return Known("flask-process", kept, refused, 200, errors, f"wrong_body: {NOBODY!r}" if lost else None)


def suffered(lane: str, read: str, status: str, grown_bytes: int, p99_ms: float | None) -> Suffered:
    return Suffered(lane, read, {status: 12}, 50 * 2**20, 50 * 2**20 + grown_bytes, 1.25, p99_ms, p99_ms)


NAIVE, COOKIE, VALKEY = (known(kept, lost) for kept, lost in zip(sessions.KEPT, (90, 0, 0), strict=True))
UNBOUNDED, BOUNDED = forms.READ
FOUND = [
    suffered(lane, *seen)
    for lane in forms.LANES
    for seen in ((UNBOUNDED, "403", 40 * 2**20, 80.0), (BOUNDED, "413", 2**20, 4.0))
]


def done(sleeping: float = 180.0, threads: str = "faster") -> Done:
    lanes = {name: cell(like, "hello", name=name, qps=900.0) for name, (like, _) in hooks.WAITING.items()}
    lanes[hooks.SLEEPING] = msgspec.structs.replace(lanes[hooks.SLEEPING], qps=sleeping)
    awaiting, asleep, in_threads = lanes.values()
    # As a run says it: of the first against each later one.
    verdicts = [
        verdict(awaiting, asleep, "qps", "faster", 5.0),
        verdict(asleep, in_threads, "qps", "slower" if threads == "faster" else threads, 0.2),
    ]
    whole: dict[str, Any] = {"run": None, "records": [], "exit_code": 0, "took_s": 60.0}
    return Done(summary=summary(list(lanes.values()), verdicts), **whole)


def met(criteria: dict[str, bool]) -> list[bool]:
    return list(criteria.values())


def test_a_hook_that_sleeps_must_be_bound_by_arithmetic_and_others_surely_not() -> None:
    assert met(hooks.criteria(played("faster"), done())) == [True] * 4
    assert met(hooks.criteria(played("undecided"), done(sleeping=201.0))) == [False, False, True, True]
    assert met(hooks.criteria(played("slower"), done(threads="undecided"))) == [False, True, True, False]


def test_answers_must_be_nobodys_with_a_dictionary_and_right_without_one() -> None:
    assert met(sessions.criteria([NAIVE, COOKIE, VALKEY])) == [True, True]
    assert met(sessions.criteria([known("a dictionary"), COOKIE, VALKEY])) == [False, True]
    assert met(sessions.criteria([NAIVE, COOKIE, known("Valkey", refused=1)])) == [True, False]
    assert met(sessions.criteria([NAIVE, known("a signed cookie", reset=1), VALKEY])) == [True, False]


def test_large_bodies_must_cost_memory_and_patience_only_without_a_bound() -> None:
    assert met(forms.criteria(FOUND)) == [True] * 3
    for place, changed in {
        0: suffered(forms.LANES[0], UNBOUNDED, "413", 40 * 2**20, 80.0),
        1: suffered(forms.LANES[0], UNBOUNDED, "403", 2**20, 80.0),
        2: suffered(forms.LANES[0], UNBOUNDED, "403", 40 * 2**20, None),
    }.items():
        assert met(forms.criteria([changed, *FOUND[1:]])) == [place != each for each in range(3)]


def test_what_is_answered_meanwhile_is_told_in_milliseconds() -> None:
    quick, slow = client([1_000] * 99 + [50_000]), client([80_000] * 99 + [90_000])
    assert forms.times_ms([quick, slow, quick]) == pytest.approx((1.0, 1.0, 90.0), rel=1e-3)
    assert forms.times_ms([client([])]) == (None, None, None)


def test_the_most_that_processes_held_is_read_from_the_system() -> None:
    assert forms.peak_of("Name:\tpython\nVmHWM:\t   2048 kB\nVmRSS:\t  1024 kB\n") == 2**21


def test_the_proof_writes_rows_that_the_pages_can_quote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "play", lambda: played("faster"))
    monkeypatch.setattr(hooks, "wait", done)
    monkeypatch.setattr(sessions, "measure", lambda _: [NAIVE, COOKIE, VALKEY])
    monkeypatch.setattr(forms, "measure", lambda _: FOUND)
    monkeypatch.setattr(naive, "stage", nullcontext)
    naive.prove(tmp_path)
    text = (tmp_path / "naive.md").read_text()
    told = stated(section(text, "sessions-a-dictionary-in-the-process"))
    assert {(each.text, each.users) for each in told if "a dictionary" in each.text} >= {
        ("| flask-process | a dictionary | 64 | 0 | 200 | 90 | 45.0% | 0 |", "64")
    }
    told = stated(section(text, "forms-a-body-without-a-bound"))
    assert "| flask-thread | without a bound | 12 × 403 | 50 | 90 | 1.25 | 80 | 80 |" in {each.text for each in told}
    told = stated(section(text, "hooks-a-wait-before-every-request"))
    assert {each.text.split(" | ")[0] for each in told if each.head} == {f"| {name}" for name in hooks.WAITING}
    assert text.count("- met: ") == 9
