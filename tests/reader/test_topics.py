import re
from pathlib import Path

import pytest

from backing.problem import Problem
from contract.endpoints import BY_NAME
from loadtests.reader.prose import prose
from loadtests.reader.source import Source
from loadtests.reader.topics import FOLDER, MARK, code, is_about, title
from loadtests.servers.stacks import ROOT

SOURCE = Source()
PAGES = sorted((ROOT / FOLDER).glob("*.md"))
LINES = [
    (path.relative_to(ROOT).as_posix(), line)
    for path in PAGES
    for line in path.read_text().splitlines()
    if line.startswith(f"{MARK} ")
]


@pytest.mark.parametrize(("page", "line"), LINES)
def test_every_code_that_a_page_of_a_topic_names_exists(page: str, line: str) -> None:
    assert code(line, SOURCE, page).rows


@pytest.mark.parametrize(
    ("line", "columns", "text"),
    [
        (":::code signals", 3, "def signals("),
        (":::code signals async", 3, "async def signals_async("),
        (":::code health", 3, "def health("),
        (":::code context.py::add", 3, "def add("),
        (":::code context.py::lend_addends", 3, "def lend_addends("),
        (":::code flask_app/context.py::CARRIERS", 1, "CARRIERS: dict"),
        (":::code backing/carriers.py::Local.release", 1, "def release("),
        (":::code backing/access.py::read backing/access_async.py::_read", 2, "def read("),
        (":::code contract/endpoint.py", 1, "class Endpoint:"),
    ],
)
def test_a_line_shows_what_it_names(line: str, columns: int, text: str) -> None:
    block = code(line, SOURCE)
    assert len(block.columns) == columns
    assert text in "\n".join(each for number in range(columns) for each in block.lines(number))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (":::code", "it names nothing"),
        (":::code signls", "signls is no endpoint"),
        (":::code signals both", "behind an endpoint stands sync or async"),
        (":::code context.py::gone", "no app has gone in context.py"),
        (":::code flask_app/gone.py::add", "there is no Python file flask_app/gone.py"),
        (":::code flask_app/context.py::gone", "flask_app/context.py has no gone"),
        (":::code backing/carriers.py::Local.gone", "has no Local.gone"),
        (":::code a/b.py a/c.py a/d.py a/e.py", "more than three"),
    ],
)
def test_a_name_that_does_not_exist_is_a_problem_with_the_page_and_the_line(line: str, why: str) -> None:
    with pytest.raises(Problem, match=re.escape(why)) as problem:
        code(line, SOURCE, "docs/topics/a.md")
    assert f"docs/topics/a.md: `{line}`" in str(problem.value)


PAGE = """# The `g` of Flask

See [the file](../../flask_app/context.py#L12) and [there](https://example.com/).

:::code flask_app/context.py::add

```python
if 1 < 2: print("<b>")
```

| a | b |
| --- | --- |
| 1 | <i>2</i> |

## What breaks: `threading.local`
"""


def test_prose_has_its_code_its_links_and_its_headings_and_no_html_of_its_own() -> None:
    asked: list[str] = []

    def address(link: str) -> str:
        asked.append(link)
        return "there.html"

    found = prose(PAGE, "docs/topics/a.md", SOURCE, address)
    assert asked == ["../../flask_app/context.py#L12", "https://example.com/"]
    assert '<table class="code columns-1">' in found.html
    assert ":::code" not in found.html
    assert "&lt;b&gt;" in found.html
    assert "<i>" not in found.html
    assert 'id="what-breaks-threadinglocal"' in found.html
    assert found.html.count("<table") == found.html.count("</table>") == 2
    assert found.html.count("<div") == found.html.count("</div>")
    assert title(PAGE, "docs/topics/a.md") == "The g of Flask"


def test_a_page_is_about_the_endpoints_whose_code_it_has_and_those_of_its_own_file() -> None:
    page = "# Locks\n\n:::code articles_like async\n"
    assert is_about(page, "docs/topics/locks.md", BY_NAME["articles_like"])
    assert not is_about(page, "docs/topics/locks.md", BY_NAME["articles_get"])
    assert is_about("# Sessions\n", "docs/topics/sessions.md", BY_NAME["session_me"])


def test_a_page_without_a_heading_is_called_as_its_file() -> None:
    assert title("Nothing.", str(Path("docs/topics/pools.md"))) == "pools"
