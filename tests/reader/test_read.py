"""`trilane read`, as a person types it."""

import webbrowser
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from backing.problem import Problem
from contract.endpoints import ENDPOINTS
from loadtests.measurement.result import Reason
from loadtests.program import app
from loadtests.reader import asking, terminal
from loadtests.reader.asking import asked
from loadtests.reader.site import Site
from loadtests.reader.source import Source
from tests.loadtests.summaries import cell
from tests.reader.runs import run, whole


def read(*words: str) -> str:
    done = CliRunner().invoke(app, ["read", *words])
    if isinstance(done.exception, Problem):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(autouse=True)
def _nothing_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # What comes with the project may have been measured.
    monkeypatch.setattr(asking, "found", list)


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "WIDTH", 80)


def test_without_a_name_all_endpoints_and_files_are_listed() -> None:
    shown = read()
    for endpoint in ENDPOINTS:
        assert f"{endpoint.name} " in shown
        assert endpoint.does[:30] in shown
    assert "hooks.py" in shown


def test_an_endpoint_stands_in_columns_where_there_is_room() -> None:
    shown = read("signals")
    (row,) = [line for line in shown.splitlines() if "def signals()" in line]
    assert row.startswith("≠")
    assert row.count("def signals(") == 3
    assert "Coroutines" in shown
    assert "Blueprint: " in shown
    assert " differs: Django lists its URLs in app.py." in shown


def test_where_there_is_no_room_one_app_stands_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch)
    shown = read("signals", "--style", "sync")
    places = [shown.index(f"signals, {app} {app.lower()}_app/signals.py") for app in ("Flask", "FastAPI", "Django")]
    assert places == sorted(places)
    assert all(line.count("def signals(") <= 1 for line in shown.splitlines())
    assert "django_app/signals.py has no routes" in shown


def test_one_style_is_shown_alone() -> None:
    shown = read("signals", "--style", "async")
    assert "def signals_async(" in shown
    assert "def signals(" not in shown


def test_the_figures_of_a_run_stand_before_the_code_at_its_commit(tmp_path: Path) -> None:
    folder = run(tmp_path / "a", whole(), commit="0" * 40)
    shown = read("signals", "--run", str(folder))
    assert "flask-thread" in shown
    assert "12.5 ms" in shown
    assert "git does not know commit 000000000000 here" in shown
    assert "not measured yet: trilane compare" in read("signals")


def test_what_stands_in_brackets_is_printed_as_it_is(tmp_path: Path) -> None:
    reason = Reason(check="server", reason="it wrote [/foo] and [bold]", remedy="see [its log]")
    lanes = [cell("flask-thread", "signals", valid=False, reasons=[reason])]
    shown = read("signals", "--style", "sync", "--run", str(run(tmp_path / "a", lanes)))
    for words in ("[/foo]", "[bold]", "log]"):
        assert words in shown


def test_a_lane_of_a_fourth_framework_has_a_row(tmp_path: Path) -> None:
    ours = cell("flask-thread", "signals", name="starlette-coroutine")
    folder = run(tmp_path / "a", [replace(ours, lane="starlette-coroutine")])
    assert "starlette-coroutine" in read("signals", "--run", str(folder)).split("Coroutines")[0]


def test_a_handler_that_is_in_no_app_is_said_to_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Source(root=tmp_path)
    terminal.show(asked("signals", "sync", empty), [], empty)
    assert "signals: the code that is shown here has no such name in any app" in capsys.readouterr().out


def test_a_file_shows_what_it_defines_in_all_three_apps() -> None:
    shown = read("hooks.py")
    assert "What runs around every request." in shown
    assert "def tear_down(" in shown
    assert "class Identify" in shown
    assert read("topics/hooks") == read("hooks") != shown


def test_a_topic_is_prose_with_its_code_between(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs" / "topics").mkdir(parents=True)
    (tmp_path / "docs" / "topics" / "hooks.md").write_text(
        "# Hooks\n\nFirst **this**.\n\n:::code a/b.py::c\n\nThen that.\n"
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text("def c():\n    return 1\n")
    source = Source(root=tmp_path)
    for name in ("topics/hooks", "hooks"):
        terminal.show(asked(name, None, source), [], source)
        shown = capsys.readouterr().out
        places = [shown.index(words) for words in ("Hooks", "First this.", "def c():", "Then that.")]
        assert places == sorted(places)
        assert ":::code" not in shown
    with pytest.raises(Problem, match="did you mean topics/hooks"):
        asked("topics/hook", None, source)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("signls",), "did you mean signals"),
        (("hook.py",), "did you mean hooks.py"),
        (("zzzzzz",), "`trilane read` lists all"),
        (("signals", "--style", "both"), "--style both: there is no such style; choose sync or async"),
        (("--style", "both"), "--style both: there is no such style; choose sync or async"),
        (("--style", "sync"), "--style sync: only an endpoint has styles"),
        (("hooks.py", "--style", "sync"), "--style sync: only an endpoint has styles"),
        (("visits", "--style", "async"), "--style async: visits has no styles"),
        (("signals", "--commit", "no-such-name"), "--commit no-such-name: git does not know it here"),
        (("signals", "--run", "nowhere"), "nowhere holds no run that can be read"),
    ],
)
def test_what_cannot_be_shown_is_one_line_with_what_to_do(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Problem) as problem:
        read(*words)
    assert said in str(problem.value)
    assert problem.value.exit_code == 2
    assert "\n" not in str(problem.value)


def test_the_site_is_written_and_opened_at_what_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def show(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", show)
    monkeypatch.setattr(Site, "make", lambda _: {"index.html": b"", "code/signals.html": b"here"})
    said = read("signals", "--site", str(tmp_path / "site"), "--open")
    page = tmp_path / "site" / "code" / "signals.html"
    assert page.read_bytes() == b"here"
    assert opened == [page.as_uri()]
    assert "Nothing runs behind it" in said


def test_a_site_that_cannot_be_written_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Site, "make", lambda _: {"index.html": b""})
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="it cannot be written"):
        read("--site", str(tmp_path / "file"))
