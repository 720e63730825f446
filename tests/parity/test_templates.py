"""The apps' templates are the same pages, and what they link to are the same files."""

import re
from pathlib import Path

import pytest

from contract.conformance.html import events

ROOT = Path(__file__).parents[2]
APPS = ("flask_app", "fastapi_app", "django_app")
FOLDERS = ("templates", "admin_templates", "static", "admin_static")
# What stands in braces is the engine's own; a tag that says the same in all engines stays.
ENGINES_OWN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
BLOCKS = re.compile(r"\{% (extends|block|endblock|include) ?(\S*) %\}")


def names(app: str, folder: str) -> set[str]:
    home = ROOT / app / folder
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


TEMPLATES = [
    f"{folder}/{name}" for folder in ("templates", "admin_templates") for name in sorted(names("flask_app", folder))
]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_app_has_the_same_templates_and_static_files(folder: str) -> None:
    assert names("flask_app", folder) == names("fastapi_app", folder) == names("django_app", folder)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_makes_the_same_tags_in_every_app(template: str) -> None:
    found = [(ROOT / app / template).read_text() for app in APPS]
    assert len({str(events(ENGINES_OWN.sub("", text).encode())) for text in found}) == 1


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_the_same_blocks_in_every_app(template: str) -> None:
    found = [BLOCKS.findall((ROOT / app / template).read_text()) for app in APPS]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("folder", ["static", "admin_static"])
def test_a_static_file_is_the_same_in_every_app(folder: str) -> None:
    for name in names("flask_app", folder):
        assert len({(ROOT / app / folder / name).read_bytes() for app in APPS}) == 1, name


@pytest.mark.parametrize("app", APPS)
def test_nothing_in_a_template_is_left_unescaped(app: str) -> None:
    for template in TEMPLATES:
        text = (ROOT / app / template).read_text()
        assert not re.search(r"\|\s*safe|autoescape|mark_safe|Markup", text), template
