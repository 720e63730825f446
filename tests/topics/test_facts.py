"""What the pages say of libraries and of runs is so: names are there, figures stand in a document, links lead on."""

from importlib import import_module
from pathlib import Path

import pytest

from contract.hooks import CASES, JOURNALS
from tests.topics.pages import FOLDER, PAGES, ROOT, anchors, links, names, quoted

TOPICS = {"context", "hooks", "signals", "pools", "sessions", "forms", "locks"}
# Where runs are told of.
SOURCES = [path for folder in ("docs", "docs/proofs") for path in sorted((ROOT / folder).glob("*.md"))]


def found(name: str) -> object:
    """Return what a dotted name stands for; raise `ImportError` or `AttributeError` where there is no such thing."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing: object = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            thing = getattr(thing, part)
        return thing
    raise ImportError(f"{name}: there is no such module")


def test_there_is_a_page_for_every_topic_and_the_index_leads_to_it() -> None:
    assert {page.stem for page in PAGES} == TOPICS | {"README"}
    index = next(page for page in PAGES if page.stem == "README")
    assert {f"{topic}.md" for topic in TOPICS} <= set(links(index))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_of_a_library_is_there(page: Path) -> None:
    for name in names(page):
        assert found(name) is not None, name


def test_a_name_that_is_not_there_is_found_out() -> None:
    with pytest.raises(AttributeError):
        found("flask.app.Flask.no_such_function")
    with pytest.raises(ImportError):
        found("no_such_library.of_any_kind")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_quotes_of_a_run_stands_in_a_document(page: Path) -> None:
    documents = "\n".join(path.read_text() for path in SOURCES)
    for each in quoted(page):
        assert each in documents, f"no document under docs/ says this any more; quote it anew: {each}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_leads_to_files_and_headings_that_are_there(page: Path) -> None:
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_order_of_hooks_is_that_of_the_contract() -> None:
    rows = [row.strip("| ").split(" | ") for row in (FOLDER / "hooks.md").read_text().splitlines()]
    shown = {row[0]: row[1:] for row in rows if row[0] in {case.name for case in CASES}}
    assert len(shown) > 1
    for case, orders in shown.items():
        right = [JOURNALS[app, case] for app in ("flask", "fastapi", "django")]
        assert orders == ["; ".join(each for each in one if not each.startswith("signal")) for one in right], case
