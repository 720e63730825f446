import ast

import pytest

from contract.endpoints import BY_NAME, ENDPOINTS
from loadtests.reader.align import unlike
from loadtests.reader.apps import APPS, file_of, handler_name, styles
from loadtests.reader.blocks import Block
from loadtests.reader.elsewhere import calls
from loadtests.reader.files import names, same_file
from loadtests.reader.glossary import GLOSSARY
from loadtests.reader.handlers import reading
from loadtests.reader.imports import imports
from loadtests.reader.pieces import find, pieces
from loadtests.reader.source import Source
from loadtests.reader.tables import drawn, origins, table
from loadtests.reader.terms import terms_in

SOURCE = Source()


def around(name: str) -> dict[str, Block]:
    return {block.name: block for block in reading(BY_NAME[name], SOURCE).around}


def shown(block: Block, app: str) -> str:
    return "\n".join(block.lines([*APPS].index(app)))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_an_endpoint_shows_its_handlers_whole_in_all_apps_and_styles(endpoint) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a row
    found = reading(endpoint, SOURCE)
    assert [section.style for section in found.sections] == list(styles(endpoint))
    for section in found.sections:
        for number, app in enumerate(APPS):
            file, name = file_of(app, endpoint.topic), handler_name(endpoint, section.style)
            piece = find(file, SOURCE.text(file) or "", name)
            assert piece is not None
            own = [line for row in section.handler.rows if (unit := row.units[number]) and unit.file == file
                   and unit.kind != "route" for line in unit.lines]  # fmt: skip
            assert own == list(piece.lines)
    assert len(found.twins) == (len(APPS) if endpoint.styled else 0)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_an_endpoint_shows_how_requests_find_it_in_every_app(endpoint) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a row
    for section in reading(endpoint, SOURCE).sections:
        (first, *_), last = section.handler.rows, endpoint.path.rsplit("/", 1)[-1].partition("{")[0]
        for unit in first.units:
            assert unit is not None
            assert unit.kind in {"decorator", "route"}
            assert last in unit.lines[0] or endpoint.topic == "admin"


def test_what_a_handler_uses_is_shown_where_only_one_app_has_it_too() -> None:
    found = around("context_add")
    assert [column.missing == "" for column in found["lend_addends"].columns] == [False, True, False]
    assert "addends.set(" in shown(found["lend_addends"], "fastapi")


def test_the_same_words_differ_where_a_name_is_imported_from_another_place() -> None:
    found = around("signals")["article_viewed"]
    rows = [row for row in found.rows if row.elsewhere]
    assert [row.state for row in rows] == ["differs"] * found.unlike
    assert "signal = Signal()" in [str(row.units[0].lines[0]).strip() for row in rows if row.units[0]]
    for row in rows:
        assert {word.text for column in range(3) for word in unlike(row, column)} == {"Signal"}
        assert [origins(row, column) for column in range(3)] == [
            ["Signal of blinker"], ["Signal of blinker"], ["Signal of django.dispatch"],
        ]  # fmt: skip
    assert 'data-file="Signal of django.dispatch"' in table(found)


def test_what_each_app_has_of_its_own_is_the_same_place() -> None:
    text = "import msgspec as m\nfrom {}_app.http import json\nfrom backing import writes\n"
    flask, django = imports(text.format("flask")), imports(text.format("django"))
    assert flask == django == {"m": "msgspec", "json": "the app's http", "writes": "backing"}


def test_what_listens_to_a_handlers_signal_is_shown_with_it() -> None:
    assert "@receiver(context_read)" in shown(around("context_echo")["_receive"], "django")


def test_what_is_wrapped_around_a_handler_is_shown_with_it() -> None:
    found = around("orders_create")
    assert {"Orders", "login_required", "take"} <= set(found)
    assert "take = Orders.as_view()" in shown(found["take"], "django")


def test_what_a_handler_does_not_use_is_not_shown() -> None:
    assert not {"context_home", "add", "CARRIERS"} & set(around("context_home"))


def test_a_difference_of_one_app_is_marked_in_its_row() -> None:
    handler = reading(BY_NAME["signals"], SOURCE).sections[0].handler
    (row,) = [row for row in handler.rows if any(unit and "answers =" in unit.lines[0] for unit in row.units)]
    assert row.state == "differs"
    (parameters,) = [row for row in handler.rows if any(u and "receivers = query" in u.lines[0] for u in row.units)]
    assert [unit is None for unit in parameters.units] == [False, True, False]


def test_remarks_that_say_why_are_known_as_such() -> None:
    handler = reading(BY_NAME["context_echo"], SOURCE).sections[0].handler
    said = [unit for row in handler.rows for unit in row.units if unit and unit.says_why]
    assert [unit.file for unit in said] == ["flask_app/context.py"]
    assert [remark.file for remark in reading(BY_NAME["signals"], SOURCE).remarks] == ["django_app/signals.py"]


def test_the_frameworks_words_are_explained_where_they_stand() -> None:
    names = {term.name for term in reading(BY_NAME["context_echo"], SOURCE).terms}
    assert {"g", "Blueprint", "APIRouter", "sync_to_async", "run_in_threadpool", "context variable", "signal"} <= names
    assert "session" not in names
    assert "session" not in {term.name for term in reading(BY_NAME["orm_get"], SOURCE).terms}


@pytest.mark.parametrize("endpoint", ["context_add", "orm_get", "session_me", "request_show", "articles_delete"])
def test_words_that_lead_to_a_handler_are_linked_in_the_lines_of_routes_alone(endpoint: str) -> None:
    found = reading(BY_NAME[endpoint], SOURCE)
    for block in [*(section.handler for section in found.sections), *found.around]:
        for row, drawn_row in zip(block.rows, drawn(block, linked=True), strict=True):
            for unit, cell in zip(row.units, drawn_row.cells, strict=True):
                linked = any('href="#term-get"' in line.html for line in cell.lines)
                assert not linked or (unit is not None and unit.kind in {"decorator", "route"})
    handler = found.sections[0].handler
    assert str(table(handler, linked=True)).count('href="#term-get"') == len(APPS)


@pytest.mark.parametrize(
    ("file", "name", "term"),
    [("files", "_files", "Annotated parameter"), ("commands", "_Name", "Annotated parameter"),
     ("fields", "_text", "flash")],
)  # fmt: skip
def test_words_of_the_frameworks_are_not_explained_where_they_are_others(file: str, name: str, term: str) -> None:
    (block,) = [block for block in same_file(file, SOURCE).blocks if block.name == name]
    assert term not in {each.name for each in terms_in([block])}


def test_every_word_of_the_glossary_stands_in_some_app_and_has_one_meaning() -> None:
    words = {
        each.id if isinstance(each, ast.Name) else each.attr
        for app in APPS
        for name in names(SOURCE)
        for each in ast.walk(ast.parse(SOURCE.text(file_of(app, name)) or ""))
        if isinstance(each, ast.Name | ast.Attribute)
    } | {"await"}
    # Flask calls it for every coroutine, so no app has to.
    assert [term.name for term in GLOSSARY if not words & {*term.words}] == ["async_to_sync"]
    every = [word for term in GLOSSARY for word in term.words]
    assert len(every) == len({*every})
    assert len({term.anchor for term in GLOSSARY}) == len(GLOSSARY)


def test_every_sentence_of_the_glossary_is_one_and_every_address_is_safe() -> None:
    for term in GLOSSARY:
        assert term.says.endswith(".")
        assert term.says.count(". ") == 0
        assert all(link.startswith("https://") for link in term.links.values())


def test_calls_into_other_files_lead_to_the_line_that_defines_them() -> None:
    found = {call.name: call for call in calls(SOURCE, "flask", "sessions", "session_login")}
    assert found["csrf.check"].file == "flask_app/csrf.py"
    for call in found.values():
        lines = (SOURCE.text(call.file) or "").splitlines()
        assert call.name.rpartition(".")[2] in "\n".join(lines[call.line - 1 : call.line + 3])


@pytest.mark.parametrize("name", ["hooks", "caches", "app"])
def test_a_file_is_shown_whole_in_every_app_that_has_it(name: str) -> None:
    found = same_file(name, SOURCE)
    for file in found.present:
        number = [*APPS].index(file.partition("_app")[0])
        own = {block.name: block.lines(number) for block in found.blocks}
        defined = pieces(file, SOURCE.text(file) or "")
        assert defined
        assert all(own[each] == [*piece.lines] for each, piece in defined.items())
