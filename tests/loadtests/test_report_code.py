"""The code in the report: as it was at the run's commit where git knows it, and said where it is not."""

import re
import subprocess
from pathlib import Path

import pytest

from contract.endpoint import STYLES
from loadtests.measurement.about import ROOT, Source
from loadtests.reader.apps import APPS, file_of
from loadtests.reader.sections import TITLES
from loadtests.report import code as shown
from loadtests.report.html import page
from tests.loadtests import duets
from tests.loadtests.reports import SOUND, run, summary
from tests.loadtests.test_report_page import section, text_of

BESIDE = "flask-thread checkout=before"
FILES = [file_of(app, "hello") for app in APPS]


def git(repository: Path, *words: str) -> str:
    own = ("git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@example.org", *words)
    return subprocess.run(own, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit of the handlers, after which their files were changed."""
    for file in FILES:
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text((ROOT / file).read_text())
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    for file in FILES:
        (tmp_path / file).write_text((ROOT / file).read_text().replace("def hello(", "def hello(later: int, "))
    monkeypatch.setattr(shown, "ROOT", tmp_path)
    return git(tmp_path, "rev-parse", "HEAD")


def first(source: Source) -> tuple[str, str]:
    """What is said of the code, and the first handler's text."""
    (found,) = shown.code(summary(), source)
    assert [each.style for each in found.read.sections] == [*STYLES]
    return found.says, "\n".join(found.read.sections[0].handler.lines(0))


def test_the_code_is_that_of_the_runs_commit(committed: str) -> None:
    says, text = first(Source(commit=committed, dirty=False))
    assert says == f"The files at commit {committed[:12]}, which the run had."
    assert "def hello(" in text
    assert "later" not in text


def test_changes_that_no_commit_holds_are_said(committed: str) -> None:
    says, _ = first(Source(commit=committed, dirty=True))
    assert says.endswith("which the run had; the run had changes beside it, which no commit holds.")


def test_where_git_does_not_know_the_commit_the_present_files_are_shown_and_said(committed: str) -> None:
    del committed
    says, text = first(Source(commit="0" * 40, dirty=False))
    assert says == f"The files as they are now: commit {'0' * 12}, which the run had, is not to be had here."
    assert "later" in text


def test_a_run_without_a_commit_shows_the_present_files(committed: str) -> None:
    del committed
    says, text = first(Source(commit=None, dirty=None))
    assert says == "The files as they are now: the run did not know its commit."
    assert "later" in text


def test_where_the_commit_lacks_the_file_of_one_app_all_are_shown_as_they_are_now(
    committed: str, tmp_path: Path
) -> None:
    git(tmp_path, "rm", "--quiet", "--cached", FILES[2])
    git(tmp_path, "commit", "--quiet", "--message", "without Django")
    says, text = first(Source(commit=git(tmp_path, "rev-parse", "HEAD"), dirty=False))
    assert says.endswith("which the run had, is not to be had here.")
    assert "later" in text
    assert "later" not in first(Source(commit=committed, dirty=False))[1]


def shown_code() -> str:
    return section(page(run(), summary()), "code")


def test_the_apps_stand_line_by_line_beside_each_other_in_each_style_and_the_twins_of_each_app() -> None:
    html = shown_code()
    columns = html.split("<article")[1:]
    blocks = [columns[:3], columns[3:6], *(columns[at : at + 2] for at in (6, 8, 10))]
    assert [len(block) for block in blocks] == [3, 3, 2, 2, 2]
    for block in blocks:
        assert len({column.count('<span class="row ') for column in block}) == 1
    for title in (TITLES[style] for style in STYLES):
        assert f"<h4>{title}</h4>" in html
    assert "Twins: the plain function beside the coroutine" in text_of(html)


def test_what_differs_between_the_apps_is_marked_and_the_marks_are_explained() -> None:
    html = shown_code()
    assert "≠ the columns differ, in the marked words" in text_of(html)
    columns = html.split("<article")[1:4]
    assert all('<span class="row differs"><span class="sign" aria-hidden="true">≠</span>' in each for each in columns)
    marked = [text_of(" ".join(re.findall("<mark>(.*?)</mark>", each))) for each in columns]
    assert ["HttpRequest" in each for each in marked] == [False, False, True]
    assert all("Response" in each for each in marked)


def test_each_handler_has_the_place_that_a_cell_leads_to_and_a_heading_of_its_own() -> None:
    html = shown_code()
    assert re.findall(r'<article id="([^"]+)">\s*<h5>([^<]+)</h5>', html) == [
        (f"code-hello-{app}-{style}", title) for style in STYLES for app, title in APPS.items()
    ]


@pytest.mark.parametrize("checkout", [None, "/somewhere/before"])
def test_a_side_with_a_checkout_of_its_own_leads_to_no_code(checkout: str | None) -> None:
    html = page(duets.asked(checkout), duets.concluded(SOUND, BESIDE).summary)
    linked = re.findall(r'<a href="#code-hello-flask-sync" title="its code">([^<]+)</a>', html)
    assert set(linked) == ({SOUND} if checkout else {SOUND, BESIDE})
    said = f"{BESIDE} was served from another checkout, of commit abcabcabcabc: its code is not on this page."
    assert (said in text_of(section(html, "code"))) is (checkout is not None)
