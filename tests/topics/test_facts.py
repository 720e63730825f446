"""What the pages say of libraries and of runs is so: names are there, figures stand in a document, links lead on."""

from importlib import import_module
from pathlib import Path

import pytest

from contract.hooks import CASES, JOURNALS
from tests.topics.pages import FOLDER, PAGES, anchors, names
from tests.topics.quoting import links, quoted, section, stated

TOPICS = {"context", "hooks", "signals", "pools", "sessions", "forms", "locks"}
# A page with a row and a sentence of a run, and the run's document with both.
PAGE = """# Page

With 5 000 users, from [a run](proofs/run.md#wait):

| lane | served |
| --- | ---: |
| flask-thread | 12 |

> - flask-thread serves 12.
"""
RUN = """# Run

## wait

What was served at 64 users:

| lane | served |
| --- | ---: |
| flask-thread | 10 |

What was served at 5,000 users:

| lane | served |
| --- | ---: |
| flask-thread | 12 |

- flask-thread serves 12.

## cpu

Nothing.
"""


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
    assert {f"{topic}.md" for topic in TOPICS} <= set(links(index.read_text()))


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
def test_what_a_page_quotes_of_a_run_stands_where_its_paragraph_leads(page: Path) -> None:
    for each in quoted(page.read_text()):
        assert each.place, f"no link to a section of docs/proofs/ leads to the origin of: {each.said.text}"
        file, _, anchor = each.place.partition("#")
        origin = stated(section((page.parent / file).read_text(), anchor))
        assert each.said in origin, f"{each.place} does not say this any more; quote it anew: {each.said}"


@pytest.mark.parametrize(
    ("right", "wrong", "missing"),
    [
        ("| flask-thread | 12 |", "| flask-thread | 10 |", 1),
        ("| lane | served |", "| lane | lost |", 1),
        ("5 000 users", "64 users", 1),
        ("#wait", "#cpu", 2),
        ("serves 12", "serves 1", 1),
        ("", "", 0),
    ],
)
def test_a_quotation_that_is_taken_from_elsewhere_is_found_out(right: str, wrong: str, missing: int) -> None:
    found = quoted(PAGE.replace(right, wrong))
    assert len(found) == 2
    origins = [stated(section(RUN, each.place.partition("#")[2])) for each in found]
    assert sum(each.said not in origin for each, origin in zip(found, origins, strict=True)) == missing


def test_a_quotation_without_a_link_under_its_heading_has_no_place() -> None:
    assert {each.place for each in quoted(PAGE.replace("\n| lane", "\n## Next\n\n| lane"))} == {""}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_leads_to_files_and_headings_that_are_there(page: Path) -> None:
    for link in links(page.read_text()):
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
