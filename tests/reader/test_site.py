import posixpath
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from backing.problem import Problem
from contract.endpoints import ENDPOINTS
from loadtests.reader.apps import APPS, styles
from loadtests.reader.files import names
from loadtests.reader.opening import write
from loadtests.reader.runs import found
from loadtests.reader.site import Site
from loadtests.reader.source import Source
from tests.loadtests.summaries import cell
from tests.reader.runs import run, whole

# When some of the apps' files were not written yet.
OLD = "HEAD~200"


class Page(HTMLParser):
    """What a page has: names to lead to, links, what it loads, and its text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.loads += [given[name] for name in ("src", "href") if name in given and tag in {"script", "link", "img"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("runs")
    fourth = replace(cell("flask-thread", "signals", name="starlette-thread"), lane="starlette-thread")
    run(folder / "a", [*whole(), fourth, cell("fastapi-coroutine", "hello", valid=False)])
    return Site(Source(), found([folder])).make()


@pytest.fixture(scope="module")
def pages(made: dict[str, bytes]) -> dict[str, Page]:
    return opened(made)


def opened(made: dict[str, bytes]) -> dict[str, Page]:
    """Read the pages of a site."""
    return {
        name: Page(content) for name, content in made.items() if name.endswith(".html") and "as-they-are" not in name
    }


def dead(made: dict[str, bytes], pages: dict[str, Page]) -> list[str]:
    """Return the links that lead to no page, or to no place on it."""
    wrong = []
    for name, page in pages.items():
        for address in page.links:
            path, _, fragment = address.partition("#")
            if "://" in path:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            known = target in made and (not fragment or target not in pages or fragment in pages[target].ids)
            wrong += [] if known else [f"{name}: {address}"]
    return wrong


def test_every_link_leads_to_a_page_and_a_place_on_it(made: dict[str, bytes], pages: dict[str, Page]) -> None:
    assert dead(made, pages) == []


@pytest.mark.skipif(Source(OLD).commit is None, reason="the history does not go back so far")
def test_every_link_of_the_site_at_an_old_commit_leads_to_a_page() -> None:
    made = Site(Source(OLD)).make()
    pages = opened(made)
    assert "files/hello.html" in pages
    assert len([name for name in pages if name.startswith("files/")]) < len(names(Source()))
    assert dead(made, pages) == []


def test_nothing_is_loaded_from_elsewhere(made: dict[str, bytes], pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for address in page.loads:
            assert address == "data:," or posixpath.normpath(posixpath.join(posixpath.dirname(name), address)) in made
    assert b"://" not in made["reader.css"] + made["page.css"] + made["reader.js"]
    assert b"@import" not in made["reader.css"] + made["page.css"]


def test_every_page_can_be_reached_from_the_first_one(pages: dict[str, Page]) -> None:
    seen, todo = set[str](), ["index.html"]
    while todo:
        name = todo.pop()
        seen.add(name)
        paths = {posixpath.normpath(posixpath.join(posixpath.dirname(name), each.partition("#")[0]))
                 for each in pages[name].links if "://" not in each and not each.startswith("#")}  # fmt: skip
        todo += sorted((paths & set(pages)) - seen - set(todo))
    assert seen == set(pages)


def test_no_name_stands_twice_on_a_page(pages: dict[str, Page]) -> None:
    assert [name for name, page in pages.items() if len(page.ids) != len({*page.ids})] == []


def test_every_endpoint_has_a_place_for_each_app_and_style(pages: dict[str, Page]) -> None:
    for endpoint in ENDPOINTS:
        ids = pages[f"code/{endpoint.name}.html"].ids
        assert {f"{app}-{style}" if style else app for app in APPS for style in styles(endpoint)} <= {*ids}


def test_a_page_shows_figures_and_says_what_was_not_measured(pages: dict[str, Page]) -> None:
    assert "300" in pages["code/signals.html"].text
    assert "20 November 2026, 10:00 UTC" in pages["code/signals.html"].text
    assert "its server ended (see its log)" in pages["code/hello.html"].text
    assert "Other lanes of the same run" in pages["code/signals.html"].text
    assert "starlette-thread" in pages["code/signals.html"].text
    wait = re.sub(r"\s+", " ", pages["code/wait.html"].text)
    assert "Not measured yet: trilane compare --lane" in wait


def test_before_anything_is_measured_the_first_page_names_the_command() -> None:
    site = Site(Source(root=Path("nowhere")))
    site._index()  # noqa: SLF001 - all pages would take seconds
    assert b"Nothing has been measured here yet: <code>trilane compare</code> measures" in site.made["index.html"]


def test_a_link_to_what_does_not_exist_is_a_problem_that_names_it(tmp_path: Path) -> None:
    site = Site(Source(root=tmp_path))
    (tmp_path / "docs" / "topics").mkdir(parents=True)
    for app in APPS:
        shutil.copytree(Path(__file__).parents[2] / f"{app}_app", tmp_path / f"{app}_app", ignore=_only_python)
    (tmp_path / "docs" / "topics" / "locks.md").write_text("# Locks\n\nSee [it](../../backing/gone.py).\n")
    with pytest.raises(Problem, match=re.escape("docs/topics/locks.md links to ../../backing/gone.py")):
        site.make()


def _only_python(_: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py")}


def test_a_site_is_written_as_it_was_made(tmp_path: Path) -> None:
    write({"a/b.html": b"1", "c.css": b"2"}, tmp_path)
    assert [(tmp_path / name).read_bytes() for name in ("a/b.html", "c.css")] == [b"1", b"2"]
