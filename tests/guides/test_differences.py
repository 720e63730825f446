"""The guide to the differences names every mark in the code, and nothing that is not there."""

import re
from itertools import chain
from pathlib import Path

import pytest

from loadtests.servers.stacks import ROOT
from tests.guides.following import GUIDES
from tests.parity.asymmetries import ASYMMETRIES

GUIDE = GUIDES / "differences.md"
APPS = ("flask_app", "fastapi_app", "django_app")
MARK = re.compile(r"# DIFFERS: (.*(?:\n\s*# (?!DIFFERS:).*)*)")
TITLED = re.compile(r'\]\(\.\./\.\./(\S+) "([^"]+)"\)')
# What one sentence says of all files with handlers.
GROUPED = ("django_app/app.py", "Django lists its URLs in app.py.")


def marks() -> set[tuple[str, str]]:
    """Every mark as its file and its sentence."""
    files = chain.from_iterable((ROOT / app).rglob("*.py") for app in APPS)
    return {
        (str(file.relative_to(ROOT)), re.sub(r"\s*\n\s*# ", " ", found)) for file in files for found in _marked(file)
    }


def _marked(file: Path) -> list[str]:
    return MARK.findall(file.read_text())


NAMED = set(TITLED.findall(GUIDE.read_text()))


@pytest.mark.parametrize(("file", "mark"), sorted(marks()))
def test_a_mark_in_the_code_has_its_place_in_the_guide(file: str, mark: str) -> None:
    begun = [title for place, title in NAMED if place == file and mark.startswith(title)]
    if mark == GROUPED[1]:
        assert any(place == GROUPED[0] for place, _ in NAMED)
    else:
        assert begun, f"{GUIDE.name} has no link to {file} whose title begins like: {mark}"


@pytest.mark.parametrize(("file", "title"), sorted(NAMED))
def test_what_the_guide_names_is_a_mark_or_a_test(file: str, title: str) -> None:
    if file.startswith("tests/"):
        assert f"def {title}(" in (ROOT / file).read_text()
    else:
        assert any(place == file and mark.startswith(title) for place, mark in marks())


@pytest.mark.parametrize("file", sorted({each.file for each in ASYMMETRIES if each.missing}))
def test_a_file_that_not_all_apps_have_is_named(file: str) -> None:
    owners = [f"{app}/{file}" for app in APPS if (ROOT / app / file).exists()]
    assert all(f"(../../{owner})" in GUIDE.read_text() for owner in owners)
